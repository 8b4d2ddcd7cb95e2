package settings

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"
)

// sources are where a setting comes from when its flag is left out. It is kong's resolver.
type sources struct {
	env     Environment
	secrets []string

	loaded    bool
	withFiles *Files
	file      *file
	// origins are where the values come from: a flag, a variable, or a file. The others are defaults.
	origins map[*kong.Flag]string
	faults  []error
}

// begin forgets what another command line gave.
func (s *sources) begin() {
	s.loaded, s.file, s.faults = false, &file{}, nil
	s.withFiles = &Files{Environment: s.env}
	clear(s.origins)
}

func (s *sources) fault(format string, args ...any) {
	s.faults = append(s.faults, fmt.Errorf(format, args...))
}

// Validate implements [kong.Resolver]. What is wrong was found when the file was read.
func (s *sources) Validate(*kong.Application) error { return nil }

// Resolve implements [kong.Resolver]: the environment goes before the file.
func (s *sources) Resolve(ctx *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	s.load(ctx)
	for _, name := range flag.Envs {
		if value, ok := s.withFiles.LookupEnv(name); ok {
			s.origins[flag] = s.withFiles.Origin(name)
			return value, nil
		}
	}
	if value, ok := s.file.values[flag.Name]; ok && len(flag.Envs) > 0 {
		s.origins[flag] = s.file.path
		return value, nil
	}
	return nil, nil
}

// load reads the files of secrets, and the configuration file, once for a command line.
func (s *sources) load(ctx *kong.Context) {
	if s.loaded {
		return
	}
	s.loaded = true
	var faults []error
	s.withFiles, faults = FromFiles(s.env, s.secrets...)
	s.faults = append(s.faults, faults...)
	i := slices.IndexFunc(ctx.Model.Flags, func(f *kong.Flag) bool { return f.Name == configFlag })
	if i < 0 {
		return
	}
	path := fmt.Sprint(ctx.FlagValue(ctx.Model.Flags[i]))
	if given := slices.ContainsFunc(ctx.Path, func(p *kong.Path) bool { return p.Flag == ctx.Model.Flags[i] }); !given {
		path, _ = s.withFiles.LookupEnv(ctx.Model.Flags[i].Envs[0])
	}
	if path != "" {
		s.file, faults = readFile(path, ctx.Model.Flags)
		s.faults = append(s.faults, faults...)
	}
}

// tolerant decodes a value as the mapper in it does. A value that cannot be used is noted as a fault of its source, and replaced by the
// default, so that the faults of all settings are found.
type tolerant struct {
	kong.Mapper
	flag    *kong.Flag
	sources *sources
}

// IsBoolFromValue implements [kong.BoolMapperExt]: the flag of a boolean needs no value.
func (t tolerant) IsBoolFromValue(v reflect.Value) bool {
	switch m := t.Mapper.(type) {
	case kong.BoolMapperExt:
		return m.IsBoolFromValue(v)
	case kong.BoolMapper:
		return m.IsBool()
	}
	return false
}

// Decode implements [kong.Mapper].
func (t tolerant) Decode(ctx *kong.DecodeContext, target reflect.Value) error {
	token := ctx.Scan.Peek()
	err := t.Mapper.Decode(ctx, target)
	if err == nil && t.isOne(target) {
		return nil
	}
	if !token.IsValue() { // there is no value, or it is the next flag: the command line cannot be read
		return err
	}
	from, ok := t.sources.origins[t.flag]
	switch {
	case !ok:
		from = "--" + t.flag.Name
	case from == t.sources.file.path:
		from = fmt.Sprintf("%s in %s", t.flag.Name, from)
	}
	t.sources.fault("%s must be %s, not %q", from, t.kind(target), token.String())
	target.SetZero()
	if !t.flag.HasDefault {
		return nil
	}
	instead := kong.ScanFromTokens(kong.Token{Type: kong.FlagValueToken, Value: t.flag.Default})
	return t.Mapper.Decode(ctx.WithScanner(instead), target)
}

// isOne reports whether a value is one of those that are allowed; they are known only for words.
func (t tolerant) isOne(target reflect.Value) bool {
	return t.flag.Enum == "" || target.Kind() != reflect.String || slices.Contains(t.flag.EnumSlice(), target.String())
}

// kind says in words which values are allowed.
func (t tolerant) kind(target reflect.Value) string {
	of := target.Type()
	if of.Kind() == reflect.Pointer {
		of = of.Elem()
	}
	switch {
	case t.flag.Enum != "":
		return "one of " + strings.Join(t.flag.EnumSlice(), ", ")
	case of == reflect.TypeFor[time.Duration]():
		return "a duration such as 10s or 5m"
	case of.Kind() == reflect.Bool:
		return "true or false"
	case of.Kind() == reflect.Int || of.Kind() == reflect.Int64:
		return "a whole number"
	case of.Kind() == reflect.Uint64:
		return "a whole number from 0 on"
	case of.Kind() == reflect.Float64:
		return "a number"
	}
	return "a value that can be read"
}
