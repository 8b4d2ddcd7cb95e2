package main

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/carrierflow/carrierflow/carriers"
	"github.com/carrierflow/carrierflow/internal/version"
	"github.com/carrierflow/carrierflow/workflows"
)

// shortNames are for commands that would be long to type in full. The full name works as well.
var shortNames = map[string]string{
	"activate-subscription":      "activate",
	"update-subscription-status": "update-status",
	"get-transaction-status":     "transaction-status",
}

// grammar is the part of the command line that is the same whatever operations there are.
type grammar struct {
	Output  string           `help:"How to print: text or json (default: ${default})." enum:"text,json" default:"text" placeholder:"text|json"`
	Version kong.VersionFlag `help:"Print which build this is."`

	Status statusCommand `cmd:"" help:"Show an operation: what it does, what it waits for, what became of it."`
	Wait   waitCommand   `cmd:"" help:"Follow an operation that was started before until it ends."`
	List   listCommand   `cmd:"" help:"List recent operations."`
	Show   showCommand   `cmd:"" help:"Tell the story of an operation: every step, with times."`
	Cancel cancelCommand `cmd:"" help:"End an operation. What the carrier has is not taken back."`
	Retry  retryCommand  `cmd:"" help:"Start a failed operation anew, with its input and a new reference."`

	Attention      attentionCommand      `cmd:"" group:"Operators:" help:"The work list: what needs attention, and what to do."`
	CheckNow       checkNowCommand       `cmd:"" group:"Operators:" help:"Ask the carrier now."`
	Resolve        resolveCommand        `cmd:"" group:"Operators:" help:"Close an operation as done or failed, on your word."`
	ApproveRisk    approveRiskCommand    `cmd:"" group:"Operators:" help:"The carrier's risk review was decided in favour."`
	DenyRisk       denyRiskCommand       `cmd:"" group:"Operators:" help:"The carrier's risk review was decided against it."`
	ExtendDeadline extendDeadlineCommand `cmd:"" group:"Operators:" help:"Wait longer before giving up."`
	Acknowledge    acknowledgeCommand    `cmd:"" group:"Operators:" aliases:"seen" help:"What an operation left to be looked at, or a callback for none, was dealt with."`
}

// run is the whole program: it reads the command line, does what it says and returns the code to end with.
func run(ctx context.Context, args []string, s surroundings) int {
	var root grammar
	helped := false
	parser, commands, err := newParser(&root, s.program, kong.Writers(s.stdout, s.stderr), kong.Exit(func(int) { helped = true }))
	if err != nil {
		return int(report(s.stderr, err))
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	parsed, err := parser.Parse(args)
	if helped {
		return int(exitDone)
	}
	if err != nil {
		return int(report(s.stderr, misread(s.program, err)))
	}
	a := &app{surroundings: s, printer: newPrinter(s, root.Output == "json")}
	defer a.close()
	if i := slices.IndexFunc(commands, func(c *command) bool { return c.node == parsed.Selected() }); i >= 0 {
		return int(report(s.stderr, a.start(ctx, commands[i])))
	}
	parsed.BindTo(ctx, (*context.Context)(nil))
	return int(report(s.stderr, parsed.Run(a)))
}

// misread says what is wrong with the command line and which help to read.
func misread(s self, err error) error {
	help := []string{"--help"}
	if e, ok := errors.AsType[*kong.ParseError](err); ok {
		for node := e.Context.Selected(); node != nil && node.Parent != nil; node = node.Parent {
			help = append([]string{node.Name}, help...)
		}
	}
	return badUsage("%v\n%q shows what there is.", err, s.command(help...))
}

// command is one operation as a command.
type command struct {
	self       self
	definition workflows.Definition
	form       form
	options    *startOptions
	// flags holds what kong filled in: one element per field of the form.
	flags reflect.Value
	node  *kong.Node
}

// newParser makes the command line: the fixed commands, and one per operation under its carrier.
func newParser(root *grammar, s self, options ...kong.Option) (*kong.Kong, []*command, error) {
	commands, groups, err := operationCommands(s)
	if err != nil {
		return nil, nil, err
	}
	parser, err := kong.New(root, slices.Concat(options, groups, []kong.Option{
		kong.Name(string(s)),
		kong.Vars{"version": version.Get().String()},
		kong.Description("Provision mobile subscriptions at carriers: start operations, follow them, see what became of them."),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.Help(func(options kong.HelpOptions, ctx *kong.Context) error {
			if err := kong.DefaultHelpPrinter(options, ctx); err != nil {
				return err
			}
			text := exitCodes
			if ctx.Selected() == nil {
				text += environment
			}
			_, err := fmt.Fprint(ctx.Stdout, text)
			return err
		}),
	})...)
	if err != nil {
		return nil, nil, fmt.Errorf("making the command line: %w", err)
	}
	for _, c := range commands {
		for _, leaf := range parser.Model.Leaves(false) {
			if leaf.Parent.Name == string(c.definition.Carrier()) && leaf.Name == commandName(c.definition) {
				c.node = leaf
				c.node.Detail = c.detail()
			}
		}
	}
	return parser, commands, nil
}

// operationCommands makes a command of every operation, in one group per carrier.
func operationCommands(s self) (commands []*command, groups []kong.Option, err error) {
	members := map[carriers.Carrier][]reflect.StructField{}
	ofCarrier := map[carriers.Carrier][]*command{}
	var order []carriers.Carrier
	for _, d := range workflows.Operations() {
		f, err := formOf(d)
		if err != nil {
			return nil, nil, err
		}
		c := &command{self: s, definition: d, form: f}
		carrier := d.Carrier()
		if ofCarrier[carrier] == nil {
			order = append(order, carrier)
		}
		fields := append(f.flags(), reflect.StructField{Name: "Start", Type: reflect.TypeFor[startOptions](), Tag: `embed:""`})
		members[carrier] = append(members[carrier], reflect.StructField{
			Name: "Command" + strconv.Itoa(len(members[carrier])), Type: reflect.StructOf(fields), Tag: commandTag(d),
		})
		commands, ofCarrier[carrier] = append(commands, c), append(ofCarrier[carrier], c)
	}
	for _, carrier := range order {
		group := reflect.New(reflect.StructOf(members[carrier]))
		for i, c := range ofCarrier[carrier] {
			c.flags = group.Elem().Field(i)
			c.options = c.flags.FieldByName("Start").Addr().Interface().(*startOptions)
		}
		name := carrier.Name()
		groups = append(groups, kong.DynamicCommand(string(carrier), "Operations at "+name+".", name+":", group.Interface()))
	}
	return commands, groups, nil
}

func commandTag(d workflows.Definition) reflect.StructTag {
	tag := fmt.Sprintf("cmd:%q name:%q help:%q", "", commandName(d), d.Title+".")
	if full := fullName(d); full != commandName(d) {
		tag += fmt.Sprintf(" aliases:%q", full)
	}
	return reflect.StructTag(tag)
}

// commandName is the operation's command: "update-status".
func commandName(d workflows.Definition) string {
	full := fullName(d)
	if short := shortNames[full]; short != "" {
		return short
	}
	return full
}

// fullName is the operation's type as a command, without the carrier: "update-subscription-status".
func fullName(d workflows.Definition) string {
	return kebab(strings.TrimPrefix(d.Type, string(d.Carrier())+"."))
}

// name is what to type for the command.
func (c *command) name() string {
	return c.self.command(string(c.definition.Carrier()), commandName(c.definition))
}

// detail is what the help of a command says besides its flags.
func (c *command) detail() string {
	example := c.name()
	for _, f := range c.form.fields {
		if f.flag != referenceFlag && (f.required || len(c.form.oneOf) > 0 && c.form.oneOf[0].flag == f.flag) {
			example += " --" + f.flag + "=…"
		}
	}
	return fmt.Sprintf("Documented in: %s. Decided by: %s.\n\nAt least:\n\n    %s",
		c.definition.Source, c.definition.DecidedBy, example)
}
