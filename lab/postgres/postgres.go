// Package postgres runs a PostgreSQL of its own, from the programs that are installed, with the settings that its package has.
package postgres

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/carrierflow/carrierflow/lab/stack"
)

// ErrMissing says that there is no PostgreSQL to run.
var ErrMissing = errors.New("PostgreSQL is not installed (apt-get install postgresql)")

// Server is a PostgreSQL that runs, in a folder of its own, which is removed when it stops. It listens on a port of the loopback address,
// where it asks nobody for a password.
type Server struct {
	// Address is its host and port, User the only one it knows, Version what it is, with where it is from.
	Address, User, Version string

	dir string
	run command
}

// Start makes a database and starts it.
func Start(user string) (_ *Server, err error) {
	bin, err := programs()
	if err != nil {
		return nil, err
	}
	s := &Server{User: user}
	// Not in a folder of ours, into which another user may not look.
	if s.dir, err = os.MkdirTemp("", "postgres"); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Stop())
		}
	}()
	if s.run, err = asSomebody(bin, s.dir); err != nil {
		return nil, err
	}
	s.Address = stack.FreeAddress()
	_, port, _ := net.SplitHostPort(s.Address)
	version, err := s.run("postgres", "--version").Output()
	if err != nil {
		return nil, fmt.Errorf("asking PostgreSQL for its version: %w", err)
	}
	s.Version = strings.TrimSpace(strings.TrimPrefix(string(version), "postgres (PostgreSQL) "))
	if err := s.do("initdb", "--pgdata="+s.data(), "--auth=trust", "--username="+user, "--encoding=UTF8", "--no-locale", "--no-sync"); err != nil {
		return nil, err
	}
	return s, s.do("pg_ctl", "start", "--wait", "--pgdata="+s.data(), "--log="+filepath.Join(s.dir, "log"),
		"--options=-c listen_addresses=127.0.0.1 -c max_connections=200 -c unix_socket_directories="+s.dir+" -c port="+port)
}

// URL is where a client finds a database of the server.
func (s *Server) URL(database string) string {
	return "postgres://" + s.User + "@" + s.Address + "/" + database + "?sslmode=disable"
}

// PID is the id of its main process, which is another one after a restart.
func (s *Server) PID() (int, error) {
	text, err := os.ReadFile(filepath.Join(s.data(), "postmaster.pid"))
	if err != nil {
		return 0, fmt.Errorf("reading the process id of PostgreSQL: %w", err)
	}
	first, _, _ := strings.Cut(string(text), "\n")
	return strconv.Atoi(first)
}

// Crash ends the server at once, without writing what it has in memory, and starts it again. It returns when it takes connections, after
// what was committed has been recovered from its log.
func (s *Server) Crash() error {
	return s.do("pg_ctl", "restart", "--wait", "--mode=immediate", "--pgdata="+s.data(), "--log="+filepath.Join(s.dir, "log"))
}

// Log is what the server has logged.
func (s *Server) Log() string {
	text, _ := os.ReadFile(filepath.Join(s.dir, "log")) // of one that has not started there is none
	return string(text)
}

// Stop ends the server. Nothing of it is kept.
func (s *Server) Stop() error {
	if s.run != nil {
		_ = s.run("pg_ctl", "stop", "--mode=immediate", "--pgdata="+s.data()).Run() // it may have ended, or never have begun
	}
	return os.RemoveAll(s.dir)
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

func (s *Server) do(program string, args ...string) error {
	if out, err := s.run(program, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("running %s of PostgreSQL: %w: %s", program, err, out)
	}
	return nil
}

// programs is the folder of PostgreSQL's programs, of the latest version that is installed. Debian does not have them in PATH.
func programs() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil {
		return "", err
	}
	if len(found) > 0 {
		return filepath.Dir(slices.MaxFunc(found, func(a, b string) int { return version(a) - version(b) })), nil
	}
	inPath, err := exec.LookPath("initdb")
	if err != nil {
		return "", ErrMissing
	}
	return filepath.Dir(inPath), nil
}

// version is the version in the path of a program.
func version(program string) int {
	number, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(program)))) // old ones are no whole number
	return number
}
