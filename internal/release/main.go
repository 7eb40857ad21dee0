// Command release is what the release workflow does to the repository. It is no
// part of the program or of its image.
//
//	release check   v1.2.3              can this be released from here? Writes nothing
//	release publish v1.2.3 IMAGE        the release commit, v1.2.3 and v1, pushed to origin
//	release notes   v1.2.3 IMAGE OWNER/NAME   the text of the release
//
// IMAGE is named by its digest. The promise: a tag of a full version is set once
// and never moved, and v1 is only moved together with the tag of a newer
// version.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
)

func main() {
	if err := release(os.Args[1:], ".", os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

var errUsage = errors.New("usage: release check VERSION | publish VERSION IMAGE | notes VERSION IMAGE OWNER/NAME")

// release carries out one command in the clone dir, whose remote is origin.
func release(args []string, dir string, stdout io.Writer) error {
	if len(args) < 2 {
		return errUsage
	}
	v, err := parseVersion(args[1])
	if err != nil {
		return err
	}
	r := repository{dir: dir, remote: "origin"}
	switch command := args[0]; {
	case command == "check" && len(args) == 2:
		return r.check(v)
	case command == "publish" && len(args) == 3:
		id, err := r.publish(v, args[2])
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(stdout, id)
		return err
	case command == "notes" && len(args) == 4:
		changelog, err := r.committed("CHANGELOG.md")
		if err != nil {
			return err
		}
		text, err := notes(changelog, v, args[2], args[3])
		if err != nil {
			return err
		}
		_, err = io.WriteString(stdout, text)
		return err
	}
	return errUsage
}
