package postgres

import (
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// command makes the command of a program of PostgreSQL.
type command func(program string, args ...string) *exec.Cmd

// asSomebody returns how programs of PostgreSQL are run in a folder. It does not run as root: then it runs as the user postgres, or
// nobody, to whom the folder is given.
func asSomebody(bin, dir string) (command, error) {
	run := func(program string, args ...string) *exec.Cmd {
		c := exec.Command(filepath.Join(bin, program), args...)
		c.Dir = dir
		return c
	}
	if os.Geteuid() != 0 {
		return run, nil
	}
	who, err := user.Lookup("postgres")
	if err != nil {
		who, err = user.Lookup("nobody")
	}
	if err != nil {
		return nil, fmt.Errorf("finding a user for PostgreSQL, which does not run as root: %w", err)
	}
	uid, err := strconv.ParseUint(who.Uid, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("user %s for PostgreSQL: %w", who.Username, err)
	}
	gid, err := strconv.ParseUint(who.Gid, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("group of the user %s for PostgreSQL: %w", who.Username, err)
	}
	if err := os.Chown(dir, int(uid), int(gid)); err != nil {
		return nil, err
	}
	return func(program string, args ...string) *exec.Cmd {
		c := run(program, args...)
		c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
		return c
	}, nil
}
