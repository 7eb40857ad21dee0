package action

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/openedx/advisory-reminders/internal/check"
	"github.com/openedx/advisory-reminders/internal/notify"
)

// errReportFile is all that is said of a report that can't be written as a file: its
// name may be a secret.
var errReportFile = errors.New("the file of report-file can't be written: see whether its folder is there and can be written")

// wrongReportFile returns what is wrong with the input report-file.
func (s settings) wrongReportFile() check.Mistakes {
	is := func(detail string) check.Mistakes {
		return check.Mistakes{{Place: "input report-file", Detail: detail}}
	}
	switch {
	case s.in.ReportFile == "":
		return nil
	case s.out.public:
		return is("the repository that runs the workflow is not private, and the report names undisclosed vulnerabilities: take the input out")
	}
	root, path, err := s.reportRoot()
	if err != nil {
		return is("is not a path in the workspace")
	}
	defer root.Close()
	switch info, err := throughNoLink(root, path); {
	case errors.Is(err, errLink):
		return is("leads through a link: give the path of a file itself")
	case err != nil:
		return is("is in a folder that does not exist")
	case info != nil && !info.Mode().IsRegular():
		return is("is the path of something that is no file")
	}
	return nil
}

// reportRoot returns the workspace, and in it the path of the report's file.
func (s settings) reportRoot() (*os.Root, string, error) {
	workspace := "" // the working directory
	if s.env.actions {
		workspace = s.env.workspace
	}
	workspace, err := filepath.Abs(workspace)
	if err != nil {
		return nil, "", err
	}
	path := s.in.ReportFile
	if filepath.IsAbs(path) {
		if path, err = filepath.Rel(workspace, path); err != nil {
			return nil, "", err
		}
	}
	if path = filepath.Clean(path); !filepath.IsLocal(path) || path == "." {
		return nil, "", fs.ErrInvalid // outside of the workspace
	}
	root, err := os.OpenRoot(workspace)
	return root, path, err
}

var errLink = errors.New("a link")

// throughNoLink returns what is at a path, or nil where nothing is yet, if no part of
// it is a link.
func throughNoLink(root *os.Root, path string) (info fs.FileInfo, err error) {
	for end := 0; end < len(path); end++ {
		if end+1 < len(path) && !os.IsPathSeparator(path[end+1]) {
			continue
		}
		info, err = root.Lstat(path[:end+1])
		switch {
		case errors.Is(err, fs.ErrNotExist) && end+1 == len(path):
			return nil, nil
		case err != nil:
			return nil, err
		case info.Mode()&fs.ModeSymlink != 0:
			return nil, errLink
		}
	}
	return info, nil
}

// writeReport writes the report as a file, in place of one that is there.
func (s settings) writeReport(r notify.Report) error {
	if s.in.ReportFile == "" {
		return nil
	}
	root, path, err := s.reportRoot()
	if err != nil {
		return errReportFile
	}
	defer root.Close()
	if _, err := throughNoLink(root, path); err != nil {
		return errReportFile
	}
	const perm = 0o600
	fresh := path + ".new"
	if err := root.Remove(fresh); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return errReportFile
	}
	if root.WriteFile(fresh, notify.JSON(r), perm) != nil || root.Rename(fresh, path) != nil {
		return errReportFile
	}
	return nil
}
