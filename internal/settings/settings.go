// Package settings reads the settings of a program: from its flags, from environment variables where a flag is left out, from a
// configuration file where both are, and else from the defaults. It names all faults at once, and says where each value comes from.
//
// The parser (kong) reads only the flags. Everything else goes through one resolver (sources.go), so that the order, and the rule that
// a secret may be in a file (secrets.go), are the same for all programs. file.go reads the configuration file, list.go describes the
// settings, print.go prints them; starter.go has those of the starter, which are only variables. Those of the connection to Temporal are in the package
// connection.
package settings

import (
	"errors"
	"fmt"
	"strings"

	"github.com/alecthomas/kong"
)

// Parser reads the settings of one program.
type Parser struct {
	kong    *kong.Kong
	sources *sources
}

// New makes a parser of a struct with kong's tags. Its flags that have an environment variable are the settings. A flag with the name
// "config" is the path of a configuration file.
func New(target any, env Environment, options ...kong.Option) (*Parser, error) {
	s := &sources{env: env, origins: map[*kong.Flag]string{}}
	parser, err := kong.New(target, append(options, kong.Resolvers(s), kong.ValueFormatter(helpOf))...)
	if err != nil {
		return nil, fmt.Errorf("making the command line: %w", err)
	}
	var secrets []string
	for _, flag := range parser.Model.Flags {
		if len(flag.Envs) == 0 {
			continue
		}
		flag.Tag.Envs = nil // kong would read them itself, before the file, and stop at the first fault
		flag.Mapper = tolerant{flag.Mapper, flag, s}
		if isSecret(flag) {
			secrets = append(secrets, flag.Envs...)
		}
	}
	s.secrets = append(secrets, TemporalAPIKey)
	return &Parser{parser, s}, nil
}

// Parse fills in the settings, and returns what was called and the faults, each with the name of the setting. A setting with a fault has
// its default. Only when the command line itself cannot be read, as with a flag that does not exist, called is nil; that is one of the
// faults then.
func (p *Parser) Parse(args []string) (called *kong.Context, faults []error) {
	called, err := p.parse(args)
	faults = p.sources.faults
	if err == nil {
		return called, faults
	}
	_, _ = p.parse(nil) // the other sources have faults as well, and their settings are not wanted any more
	return nil, append([]error{err}, p.sources.faults...)
}

func (p *Parser) parse(args []string) (*kong.Context, error) {
	p.sources.begin()
	called, err := p.kong.Parse(args)
	if err != nil {
		return nil, err
	}
	for _, seen := range called.Path {
		if seen.Flag != nil && !seen.Resolved {
			p.sources.origins[seen.Flag] = "--" + seen.Flag.Name
		}
	}
	return called, nil
}

// Env is the environment with what its files hold: the variables of secrets are in it that were given as the name of a file. It is
// complete after [Parser.Parse].
func (p *Parser) Env() Environment { return p.sources.withFiles }

// Incomplete is the error of a configuration with faults; nil for one without. Each fault has a line.
func Incomplete(faults []error) error {
	err := errors.Join(faults...)
	if err == nil {
		return nil
	}
	return fmt.Errorf("the configuration cannot be used:\n  %s", strings.ReplaceAll(err.Error(), "\n", "\n  "))
}

// helpOf is the help of a flag with its environment variables.
func helpOf(value *kong.Value) string {
	if value.Flag == nil || len(value.Flag.Envs) == 0 {
		return value.Help
	}
	named := "$" + value.Flag.Envs[0]
	if isSecret(value.Flag) {
		named += " or $" + value.Flag.Envs[0] + fileEnding
	}
	return strings.TrimSuffix(value.Help, ".") + " (" + named + ")."
}
