package settings

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/alecthomas/kong"
	"go.yaml.in/yaml/v3"
)

// configFlag is the name of the flag for the configuration file.
const configFlag = "config"

// file is a configuration file: a YAML document whose keys are the names of flags. A mapping in it stands for a common beginning: "a: {b: 1}"
// is the same as "a-b: 1". Every value is kept as it is written, because a number of twenty digits has to stay one.
type file struct {
	path   string
	values map[string]string
}

// readFile reads a file, and names every key that is not a setting.
func readFile(path string, known []*kong.Flag) (*file, []error) {
	f := &file{path: path, values: map[string]string{}}
	text, err := os.ReadFile(path)
	if err != nil {
		return f, []error{fmt.Errorf("the configuration file cannot be read: %w: correct --%s or CARRIERFLOW_CONFIG", err, configFlag)}
	}
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil {
		return f, []error{fmt.Errorf("the configuration file %s is not YAML: %w", path, err)}
	}
	names := map[string]bool{}
	for _, flag := range known {
		if len(flag.Envs) > 0 && flag.Name != configFlag {
			names[flag.Name] = true
		}
	}
	r := &reader{file: f, names: names}
	for _, content := range document.Content {
		r.mapping("", content)
	}
	return f, r.faults
}

// reader reads the nodes of a file.
type reader struct {
	file   *file
	names  map[string]bool
	faults []error
}

func (r *reader) fault(at *yaml.Node, format string, args ...any) {
	r.faults = append(r.faults, fmt.Errorf("%s, line %d: %w", r.file.path, at.Line, fmt.Errorf(format, args...)))
}

// mapping reads the settings whose names begin with prefix.
func (r *reader) mapping(prefix string, n *yaml.Node) {
	if n.Kind != yaml.MappingNode {
		r.fault(n, "here must be settings, each with its name, such as log-level: debug")
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		for value.Kind == yaml.AliasNode {
			value = value.Alias
		}
		name := prefix + key.Value
		_, twice := r.file.values[name]
		switch {
		case twice:
			r.fault(key, "%s is set twice", name)
		case value.Kind == yaml.MappingNode && !r.names[name]:
			r.mapping(name+"-", value)
		case !r.names[name]:
			r.fault(key, "there is no setting %s%s", name, r.nearest(name))
		case value.Tag == "!!null": // as if it were left out
		default:
			text, err := textOf(value)
			if err != nil {
				r.fault(value, "%s: %w", name, err)
				continue
			}
			r.file.values[name] = text
		}
	}
}

// textOf is a value as the environment would have it: the words of a list are separated by commas.
func textOf(n *yaml.Node) (string, error) {
	switch n.Kind {
	case yaml.ScalarNode:
		return n.Value, nil
	case yaml.SequenceNode:
		var words []string
		for _, one := range n.Content {
			if one.Kind != yaml.ScalarNode {
				return "", errors.New("a list has plain values")
			}
			words = append(words, strings.ReplaceAll(one.Value, ",", `\,`))
		}
		return strings.Join(words, ","), nil
	}
	return "", errors.New("the value must be a plain value or a list of them")
}

// nearest says which setting a name may stand for. Somebody may also have written the environment variable.
func (r *reader) nearest(name string) string {
	written := strings.ToLower(strings.ReplaceAll(name, "_", "-"))
	written = strings.TrimPrefix(written, "carrierflow-")
	best, least := "", max(2, len(written)/3)+1
	for known := range r.names {
		if d := distance(written, known); d < least || d == least && best != "" && known < best {
			best, least = known, d
		}
	}
	if best == "" {
		return ""
	}
	return "; did you mean " + best + "?"
}

// distance is how many letters have to be added, left out or changed to make one word of another (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			changed := diagonal
			if a[i] != b[j] {
				changed++
			}
			diagonal = row[j+1]
			row[j+1] = min(changed, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
