package embedded

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"github.com/google/uuid"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/metrics"
	persistence "go.temporal.io/server/common/persistence/sql"
	"go.temporal.io/server/common/persistence/sql/sqlplugin"
	"go.temporal.io/server/common/persistence/sql/sqlplugin/sqlite"
	"go.temporal.io/server/common/resolver"
	schema "go.temporal.io/server/schema/sqlite"
	"google.golang.org/protobuf/types/known/durationpb"
	driver "modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"
)

// store is the one SQLite database that all services share, through one connection.
type store struct {
	file   string // empty: in memory
	config *config.SQL
}

// openStore finds or makes the database. A file belongs to one running server at a time.
func openStore(file string) (store, error) {
	if file == "" {
		return store{config: &config.SQL{
			PluginName:        sqlite.PluginName,
			DatabaseName:      "temporal-" + uuid.NewString(), // servers in one process would share a name's tables
			ConnectAttributes: map[string]string{"mode": "memory", "cache": "shared"},
		}}, nil
	}
	file, err := filepath.Abs(file)
	if err != nil {
		return store{}, fmt.Errorf("database file (--db): %w", err)
	}
	if _, err := os.Stat(filepath.Dir(file)); err != nil {
		return store{}, fmt.Errorf("folder of the database file %s (--db): %w", file, err)
	}
	s := store{file: file, config: &config.SQL{
		PluginName:   sqlite.PluginName,
		DatabaseName: (&url.URL{Path: file}).EscapedPath(),
		ConnectAttributes: map[string]string{
			"mode":         "rwc",
			"journal_mode": "wal",    // a killed process loses nothing that was committed...
			"synchronous":  "normal", // ...though a power cut may: not worth a disk flush per transaction here
		},
	}}
	if err := s.createSchema(); err != nil {
		return store{}, s.explain(err)
	}
	return s, s.explain(s.exec(touch, "PRAGMA locking_mode = exclusive", touch))
}

// touch makes SQLite act on a new journal or locking mode, which otherwise waits for the next access. A lock taken before
// the journal is in use could not be given back.
const touch = "BEGIN IMMEDIATE; COMMIT"

// release lets other processes at the file and folds the write-ahead log into it, so that the file can be copied alone.
// The server itself never closes its connection, so that this process keeps it open.
func (s store) release() error {
	if s.file == "" {
		return nil
	}
	return s.explain(s.exec("PRAGMA locking_mode = normal", touch, "PRAGMA wal_checkpoint(TRUNCATE)"))
}

// createSchema fills an empty database, in one transaction: a process that is killed meanwhile leaves an empty database,
// not half a schema.
func (s store) createSchema() error {
	db, err := sql.Open("sqlite", "file:"+s.config.DatabaseName+"?mode=rwc")
	if err != nil {
		return err
	}
	defer db.Close()
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	var tables, ours int
	row := tx.QueryRow("SELECT count(*), count(nullif(name = 'namespaces', 0)) FROM sqlite_master")
	if err := row.Scan(&tables, &ours); err != nil {
		return err
	}
	switch {
	case ours > 0:
		return nil
	case tables > 0:
		return errors.New("it holds something else than a Temporal server's data")
	}
	if err := schema.SetupSchemaOnDB(schemaTx{tx: tx}); err != nil {
		return err
	}
	return tx.Commit()
}

// createNamespace adds the namespace unless the database has it.
func (s store) createNamespace(name string) error {
	namespace, err := schema.NewNamespaceConfig(clusterName, name, false, nil)
	if err != nil {
		return fmt.Errorf("namespace %q: %w", name, err)
	}
	namespace.Detail.Config.Retention = durationpb.New(Retention)
	if err := schema.CreateNamespaces(s.config, namespace); err != nil {
		return fmt.Errorf("create namespace %q: %w", name, s.explain(err))
	}
	return nil
}

func (s store) exec(statements ...string) error {
	db, err := persistence.NewSQLAdminDB(sqlplugin.DbKindUnknown, s.config,
		resolver.NewNoopResolver(), log.NewNoopLogger(), metrics.NoopMetricsHandler)
	if err != nil {
		return err
	}
	defer db.Close()
	for _, statement := range statements {
		if err := db.Exec(statement); err != nil {
			return err
		}
	}
	return nil
}

// explain says in plain words what SQLite has against the file.
func (s store) explain(err error) error {
	if err == nil {
		return nil
	}
	if failure := (*driver.Error)(nil); errors.As(err, &failure) && failure.Code()&0xff == codes.SQLITE_BUSY {
		return fmt.Errorf("database file %s (--db) is in use by another process: %w", s.file, err)
	}
	return fmt.Errorf("database file %s (--db): %w", s.file, err)
}

// schemaTx sends a schema script's statements through one transaction.
type schemaTx struct {
	sqlplugin.AdminDB
	tx *sql.Tx
}

// Exec runs one statement of the script.
func (s schemaTx) Exec(statement string, args ...any) error {
	_, err := s.tx.ExecContext(context.Background(), statement, args...)
	return err
}
