package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/carrierflow/carrierflow/lab/stack"
)

// database is a PostgreSQL of its own, with the settings that its package has.
type database struct {
	url     string
	pid     int
	version string
	dir     string
	bin     string
	run     func(name string, args ...string) *exec.Cmd
}

// errNoPostgres says why the contestants outside Temporal are left out.
var errNoPostgres = errors.New("PostgreSQL is not installed (apt-get install postgresql): river and table are left out")

// newDatabase makes a database in a folder of its own and starts it. PostgreSQL does not run as root; then it runs as another user.
func newDatabase(ctx context.Context) (_ *database, err error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) == 0 {
		return nil, errNoPostgres
	}
	d := &database{bin: filepath.Dir(found[len(found)-1])}
	// Not in the folder of the run, into which another user may not look.
	if d.dir, err = os.MkdirTemp("", "bench-postgres"); err != nil {
		return nil, err
	}
	if d.run, err = asSomebody(d.dir); err != nil {
		return nil, err
	}
	data, address := filepath.Join(d.dir, "data"), stack.FreeAddress()
	steps := [][]string{
		{"initdb", "--pgdata=" + data, "--auth=trust", "--username=bench", "--encoding=UTF8", "--no-locale"},
		{
			"pg_ctl", "start", "--wait", "--pgdata=" + data, "--log=" + filepath.Join(d.dir, "log"),
			"--options=-c listen_addresses=127.0.0.1 -c max_connections=200 -c unix_socket_directories=" + d.dir + " -c port=" + stack.Port(address),
		},
	}
	for _, step := range steps {
		if out, err := d.run(step[0], step[1:]...).CombinedOutput(); err != nil {
			return nil, fmt.Errorf("starting PostgreSQL: %s: %w: %s", step[0], err, out)
		}
	}
	d.url = "postgres://bench@" + address + "/postgres?sslmode=disable"
	first, _, _ := strings.Cut(readText(filepath.Join(data, "postmaster.pid")), "\n")
	if d.pid, err = strconv.Atoi(first); err != nil {
		return nil, fmt.Errorf("reading the process id of PostgreSQL: %w", err)
	}
	pool, err := pgxpool.New(ctx, d.url)
	if err == nil {
		defer pool.Close()
		err = pool.QueryRow(ctx, "SHOW server_version").Scan(&d.version)
	}
	return d, err
}

func (d *database) close() error {
	_ = d.run("pg_ctl", "stop", "--mode=immediate", "--pgdata="+filepath.Join(d.dir, "data")).Run() // nothing of it is kept
	return os.RemoveAll(d.dir)
}

// asSomebody returns how programs of PostgreSQL are run: as the user postgres, or nobody, when this program runs as root. The folder is
// given to that user.
func asSomebody(dir string) (func(string, ...string) *exec.Cmd, error) {
	bin, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	command := func(name string, args ...string) *exec.Cmd {
		c := exec.Command(filepath.Join(bin[len(bin)-1], name), args...)
		c.Dir = dir
		return c
	}
	if os.Geteuid() != 0 {
		return command, nil
	}
	who, err := user.Lookup("postgres")
	if err != nil {
		who, err = user.Lookup("nobody")
	}
	if err != nil {
		return nil, fmt.Errorf("finding a user for PostgreSQL, which does not run as root: %w", err)
	}
	uid, _ := strconv.Atoi(who.Uid)
	gid, _ := strconv.Atoi(who.Gid)
	if err := os.Chown(dir, uid, gid); err != nil {
		return nil, err
	}
	return func(name string, args ...string) *exec.Cmd {
		c := command(name, args...)
		c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
		return c
	}, nil
}
