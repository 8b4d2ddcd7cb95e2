package embedded

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"

	"github.com/gofrs/flock"
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

	"github.com/carrierflow/carrierflow/lab/defaults"
)

// store is the database that all services share: SQLite, through one connection, or PostgreSQL.
type store struct {
	file       string // of SQLite; empty: in memory, or none
	config     *config.SQL
	visibility *config.SQL  // where workflows are listed; nil: the same
	shards     int32        // stored in the database permanently
	lock       *flock.Flock // nil: in memory, or no SQLite
}

// openStore opens or creates the database.
func openStore(options Options) (store, error) {
	if options.Postgres != nil {
		return options.Postgres.store(), nil
	}
	s, err := openSQLite(options.DB)
	s.shards = sqliteShards
	return s, err
}

// openSQLite opens or creates a database of SQLite. A file belongs to one running server at a time, because two would corrupt each
// other's workflows. The lock is a second, empty file beside it, which is not removed and has no meaning when no process
// holds it.
func openSQLite(file string) (store, error) {
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
	s := store{file: file, lock: flock.New(file + ".lock"), config: &config.SQL{
		PluginName:   sqlite.PluginName,
		DatabaseName: (&url.URL{Path: file}).EscapedPath(),
		ConnectAttributes: map[string]string{
			"mode":         "rwc",
			"journal_mode": "wal",    // a killed process loses nothing that was committed...
			"synchronous":  "normal", // ...though a power cut may: not worth a disk flush per transaction here
		},
	}}
	switch locked, err := s.lock.TryLock(); {
	case err != nil:
		return store{}, s.explain(err)
	case !locked:
		return store{}, s.explain(errors.New("another server is using it"))
	}
	if err := s.createSchema(); err != nil {
		return store{}, errors.Join(s.explain(err), s.lock.Unlock())
	}
	return s, nil
}

// release unlocks the file for other servers, and merges the write-ahead log into it, so that the file can be copied
// alone. The Temporal server itself never closes its connection.
func (s store) release() error {
	if s.file == "" {
		return nil
	}
	return errors.Join(s.explain(s.exec("PRAGMA wal_checkpoint(TRUNCATE)")), s.lock.Unlock())
}

// createSchema fills an empty database in one transaction, so that a process killed meanwhile leaves no incomplete schema.
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
		return errors.New("it contains other data than a Temporal server's")
	}
	if err := schema.SetupSchemaOnDB(schemaTx{tx: tx}); err != nil {
		return err
	}
	return tx.Commit()
}

// createNamespace adds the namespace unless the database has it. In PostgreSQL it is not there before the server runs.
func (s store) createNamespace(name string) error {
	if s.config.PluginName != sqlite.PluginName {
		return nil
	}
	namespace, err := schema.NewNamespaceConfig(clusterName, name, false, nil)
	if err != nil {
		return fmt.Errorf("namespace %q: %w", name, err)
	}
	namespace.Detail.Config.Retention = durationpb.New(defaults.Retention)
	if err := schema.CreateNamespaces(s.config, namespace); err != nil {
		return fmt.Errorf("create namespace %q: %w", name, err)
	}
	return nil
}

func (s store) exec(statement string) error {
	db, err := persistence.NewSQLAdminDB(sqlplugin.DbKindUnknown, s.config,
		resolver.NewNoopResolver(), log.NewNoopLogger(), metrics.NoopMetricsHandler)
	if err != nil {
		return err
	}
	defer db.Close()
	return db.Exec(statement)
}

// explain adds the file to an error.
func (s store) explain(err error) error {
	if err == nil {
		return nil
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
