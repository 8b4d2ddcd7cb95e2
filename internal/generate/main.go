// Command generate writes the files and tables that derive from the list of operations: the JSON Schemas in docs/schemas,
// the tables of operations in the documentation, the list of the carriers' sandboxes, the carriers in the compose file, and the alert
// rules for Kubernetes. "make generate" runs it; a test compares its output with the committed files.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/carrierflow/carrierflow/workflows"
	"github.com/carrierflow/carrierflow/workflows/plans"
)

func main() {
	files, err := generate(".")
	if err == nil {
		err = write(".", files)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

const schemasFolder = "docs/schemas"

// generate returns every generated file of the repository at root, by its path below root.
func generate(root string) (map[string][]byte, error) {
	files := map[string][]byte{sandboxesFile: sandboxList()}
	var err error
	if files[rulesFile], err = alertRules(root); err != nil {
		return nil, err
	}
	for _, documents := range []map[string][]byte{workflows.Documents(), plans.Documents()} {
		for name, document := range documents {
			files[filepath.Join(schemasFolder, name+".json")] = document
		}
	}
	for _, page := range pages {
		text, err := os.ReadFile(filepath.Join(root, page.file))
		if err != nil {
			return nil, err
		}
		for name, table := range page.tables {
			if text, err = replaced(text, name, table()); err != nil {
				return nil, fmt.Errorf("%s: %w", page.file, err)
			}
		}
		files[page.file] = text
	}
	return files, nil
}

// replaced replaces the table between its two marks in a page.
func replaced(page []byte, name, table string) ([]byte, error) {
	place := regexp.MustCompile(`(?s)(\n *(?:# )?<!-- generated: ` + name + ` -->\n).*?( *(?:# )?<!-- end of generated -->)`)
	found := place.FindSubmatchIndex(page)
	if found == nil {
		return nil, fmt.Errorf("the page has no place for %q: write <!-- generated: %s --> and <!-- end of generated -->", name, name)
	}
	return slices.Concat(page[:found[3]], []byte(table), page[found[4]:]), nil
}

// write writes the files, and removes schemas that no longer exist.
func write(root string, files map[string][]byte) error {
	left, err := stale(root, files)
	if err != nil {
		return err
	}
	for _, path := range left {
		if err := os.Remove(filepath.Join(root, path)); err != nil {
			return err
		}
	}
	for path, content := range files {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(root, path)), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(root, path), content, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// stale are the schemas in the repository that are no longer generated.
func stale(root string, files map[string][]byte) (left []string, err error) {
	there, err := filepath.Glob(filepath.Join(root, schemasFolder, "*.json"))
	for _, path := range there {
		if name := filepath.Join(schemasFolder, filepath.Base(path)); files[name] == nil {
			left = append(left, name)
		}
	}
	return left, err
}

// table is a Markdown table with an empty line around it.
func table(head []string, rows [][]string) string {
	var b strings.Builder
	b.WriteString("\n")
	line := func(cells []string) { fmt.Fprintf(&b, "| %s |\n", strings.Join(cells, " | ")) }
	line(head)
	line(slices.Repeat([]string{"---"}, len(head)))
	for _, row := range rows {
		line(row)
	}
	return b.String() + "\n"
}
