package main

import (
	"fmt"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/carrierflow/carrierflow/carriers/sandboxes"
	"github.com/carrierflow/carrierflow/internal/settings"
	"github.com/carrierflow/carrierflow/internal/settings/connection"
	"github.com/carrierflow/carrierflow/internal/worker/service"
)

// nothing is an environment without variables: the tables show the defaults.
type nothing struct{}

func (nothing) Environ() []string               { return nil }
func (nothing) LookupEnv(string) (string, bool) { return "", false }

// workerSettings are all settings of the worker, a table for each group.
func workerSettings() string {
	var config service.Config
	return settingsOf(&config, config.Flags()...)
}

// sandboxSettings are all settings of the sandbox.
func sandboxSettings() string { return settingsOf(new(sandboxes.Program)) }

func settingsOf(program any, options ...kong.Option) string {
	parser, err := settings.New(program, nothing{}, options...)
	if err != nil {
		panic(err) // a mistake in our own struct
	}
	var b strings.Builder
	var group []settings.Setting
	for _, s := range append(parser.Settings(), settings.Setting{}) {
		if len(group) > 0 && s.Group != group[0].Group {
			fmt.Fprintf(&b, "\n### %s\n%s", group[0].Group, strings.TrimSuffix(settingsTable(group), "\n"))
			group = nil
		}
		group = append(group, s)
	}
	return b.String() + "\n"
}

// starterSettings are the variables of the starter, and temporalSettings those of the connection to Temporal.
func starterSettings() string  { return settingsTable(settings.Starter()) }
func temporalSettings() string { return settingsTable(connection.Settings()) }

func settingsTable(all []settings.Setting) string {
	var rows [][]string
	for _, s := range all {
		names := code(s.Name)
		if s.Flag != "" {
			names += ", " + code("--"+s.Flag)
		}
		meaning := escaped(s.Help)
		if s.Secret {
			meaning = "**Secret**; may be in a file: " + code(s.Name+"_FILE") + ". " + meaning
		}
		def := ""
		if s.Default != "" {
			def = code(s.Default)
		}
		rows = append(rows, []string{names, def, meaning})
	}
	return table([]string{"setting", "default", "meaning"}, rows)
}

// escaped keeps a text from being taken for the end of a cell, or for HTML.
func escaped(text string) string {
	return strings.NewReplacer("|", `\|`, "<", "&lt;").Replace(text)
}
