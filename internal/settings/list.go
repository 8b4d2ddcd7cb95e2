package settings

import (
	"fmt"
	"net/url"
	"reflect"
	"strings"
	"time"

	"github.com/alecthomas/kong"
)

// Setting is one setting of a program, without the value of a secret.
type Setting struct {
	// Name is the environment variable; Flag the name of the flag, which is the key in the configuration file too. Flag is empty for a
	// setting that is only a variable.
	Name string `json:"name"`
	Flag string `json:"flag,omitempty"`
	// Group is the title under which it is listed.
	Group   string   `json:"group,omitempty"`
	Help    string   `json:"help,omitempty"`
	Default string   `json:"default,omitempty"`
	Values  []string `json:"values,omitempty"`
	Secret  bool     `json:"secret,omitempty"`
	List    bool     `json:"list,omitempty"`
	// Value is the effective value; of a secret only whether it is set.
	Value string `json:"value"`
	// From is where the value comes from.
	From string `json:"from"`
}

// What is shown of a secret instead of its value, and where a value comes from that nobody has set.
const (
	FromDefault = "default"
	IsSet       = "set"
	IsNotSet    = "not set"
)

// Settings are all settings of the program, in the order of their declaration, with the values of the last [Parser.Parse].
func (p *Parser) Settings() (all []Setting) {
	for _, flag := range p.kong.Model.Flags {
		if len(flag.Envs) == 0 {
			continue
		}
		s := Setting{
			Group: "General", Name: flag.Envs[0], Flag: flag.Name, Help: flag.Help, Default: flag.Default, Secret: isSecret(flag), List: flag.IsSlice(),
			Value: shown(flag), From: p.sources.from(flag),
		}
		if flag.Enum != "" {
			s.Values = flag.EnumSlice()
		}
		if flag.Group != nil {
			s.Group = flag.Group.Title
		}
		all = append(all, s)
	}
	return all
}

func (s *sources) from(flag *kong.Flag) string {
	if origin, ok := s.origins[flag]; ok {
		return origin
	}
	return FromDefault
}

// shown is a value as a person may see it.
func shown(flag *kong.Flag) string {
	v := flag.Target
	switch {
	case isSecret(flag) || v.Type() == reflect.TypeFor[[]byte]():
		if v.Len() == 0 {
			return IsNotSet
		}
		return IsSet
	case v.Kind() == reflect.Pointer && v.IsNil():
		return ""
	case v.Kind() == reflect.Pointer:
		v = v.Elem()
	case v.Kind() == reflect.Slice:
		words := make([]string, v.Len())
		for i := range words {
			words[i] = fmt.Sprint(v.Index(i).Interface())
		}
		return strings.Join(words, ",")
	}
	if d, ok := v.Interface().(time.Duration); ok {
		return d.String()
	}
	return withoutCredentials(fmt.Sprint(v.Interface()))
}

// withoutCredentials hides an address that has a user, a password or a query: no setting may have one, so it is shown before anybody has
// refused it.
func withoutCredentials(value string) string {
	if u, err := url.Parse(value); strings.Contains(value, "://") && (err != nil || u.User != nil || u.RawQuery != "") {
		return "set, and not shown because it may hold credentials"
	}
	return value
}
