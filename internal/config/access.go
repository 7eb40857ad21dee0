package config

// Access says to whom drafts are opened.
type Access string

// The kinds of access: to nobody, to the teams and people whom the configuration's
// owners name, or to other owners too who may write to the repository.
const (
	AccessNone       Access = "none"
	AccessConfigured Access = "configured"
	AccessOwners     Access = "owners"
)

func (d *decoder) access(v value) {
	name, ok := d.text(v)
	if !ok {
		return
	}
	switch a := Access(name); a {
	case AccessNone, AccessConfigured, AccessOwners:
		d.config.Access = a
	default:
		d.fail(v, "expected none, configured or owners")
	}
}
