// Command filecircles reports files of one package that refer to each other in a circle. Without circles a package can be read from
// one file to the next, and each file stands on those below it.
package main

import (
	"fmt"
	"go/ast"
	"go/types"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"
)

func main() {
	loaded, err := packages.Load(&packages.Config{
		Mode: packages.NeedName | packages.NeedFiles | packages.NeedSyntax | packages.NeedTypes | packages.NeedTypesInfo | packages.NeedImports | packages.NeedDeps,
	}, os.Args[1:]...)
	if err != nil {
		fmt.Fprintln(os.Stderr, "filecircles:", err)
		os.Exit(2)
	}
	failed := packages.PrintErrors(loaded) > 0
	for _, p := range loaded {
		for _, circle := range circles(references(p)) {
			failed = true
			fmt.Printf("%s: %s\n", p.PkgPath, circle)
		}
	}
	if failed {
		os.Exit(1)
	}
}

// graph is, for each file, the files that it refers to, with one name of each.
type graph map[string]map[string]string

// references are those between the files of a package: to types, functions, methods, constants and variables of the package.
func references(p *packages.Package) graph {
	g := graph{}
	for _, syntax := range p.Syntax {
		from := filepath.Base(p.Fset.Position(syntax.Pos()).Filename)
		ast.Inspect(syntax, func(n ast.Node) bool {
			name, ok := n.(*ast.Ident)
			if !ok {
				return true
			}
			used := p.TypesInfo.Uses[name]
			if used == nil || used.Pkg() != p.Types || !ofPackage(used) {
				return true
			}
			if to := filepath.Base(p.Fset.Position(used.Pos()).Filename); to != from {
				if g[from] == nil {
					g[from] = map[string]string{}
				}
				g[from][to] = used.Name()
			}
			return true
		})
	}
	return g
}

// ofPackage tells a declaration of the package from a field or a local one.
func ofPackage(o types.Object) bool {
	_, function := o.(*types.Func) // methods have no parent
	return function || o.Parent() == o.Pkg().Scope()
}

// circles finds a circle for each file that is on one.
func circles(g graph) (found []string) {
	done := map[string]bool{}
	var visit func(file string, way []string)
	visit = func(file string, way []string) {
		if at := slices.Index(way, file); at >= 0 {
			found = append(found, describe(g, append(way[at:], file)))
			return
		}
		if done[file] {
			return
		}
		for _, next := range slices.Sorted(maps.Keys(g[file])) {
			visit(next, append(slices.Clone(way), file))
		}
		done[file] = true
	}
	for _, file := range slices.Sorted(maps.Keys(g)) {
		visit(file, nil)
	}
	return found
}

// describe writes a circle with the names that lead from file to file.
func describe(g graph, way []string) string {
	steps := []string{way[0]}
	for i := 1; i < len(way); i++ {
		steps = append(steps, fmt.Sprintf("-(%s)-> %s", g[way[i-1]][way[i]], way[i]))
	}
	return strings.Join(steps, " ")
}
