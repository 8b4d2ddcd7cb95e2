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
	"github.com/carrierflow/carrierflow/carriers/registry"
	"github.com/carrierflow/carrierflow/internal/settings"
	"github.com/carrierflow/carrierflow/internal/version"
	"github.com/carrierflow/carrierflow/starter/internal/form"
	"github.com/carrierflow/carrierflow/starter/internal/terminal"
)

// grammar is the part of the command line that is the same whatever operations there are.
type grammar struct {
	Output  string           `help:"How to print: text or json (default: ${default})." enum:"text,json" default:"text" placeholder:"text|json"`
	Version kong.VersionFlag `help:"Print which build this is."`

	Status statusCommand `cmd:"" help:"Show how far an operation is, or what became of it."`
	Wait   waitCommand   `cmd:"" help:"Follow an operation that was started before until it ends."`
	List   listCommand   `cmd:"" help:"List recent operations."`
	Show   showCommand   `cmd:"" help:"Show the timeline of an operation: every step, with times."`
	Cancel cancelCommand `cmd:"" help:"End an operation. What the carrier has is not taken back."`
	Retry  retryCommand  `cmd:"" help:"Start a failed operation again, with its input and a new reference."`
	Plan   planCommand   `cmd:"" help:"Several operations as one order: start a plan, see how far it is, decide when it waits."`

	Attention      attentionCommand      `cmd:"" group:"Operators:" help:"The work list: what needs attention, and what to do."`
	CheckNow       plainUpdate           `cmd:"" group:"Operators:" help:"Ask the carrier now."`
	Resolve        resolveCommand        `cmd:"" group:"Operators:" help:"Close an operation as done or failed, by your decision."`
	Approve        plainUpdate           `cmd:"" group:"Operators:" help:"Record that a request that the carrier holds was decided in favour."`
	Deny           plainUpdate           `cmd:"" group:"Operators:" help:"Record that a request that the carrier holds was decided against."`
	ExtendDeadline extendDeadlineCommand `cmd:"" group:"Operators:" help:"Wait longer before giving up."`
	ReleaseLine    releaseLineCommand    `cmd:"" group:"Operators:" help:"Take the turn of a line from the change that has it, so that the next one is sent."`
	Acknowledge    acknowledgeCommand    `cmd:"" group:"Operators:" aliases:"seen" help:"Record that what an operation left behind, or a callback for no operation, was dealt with."`
}

// run is the whole program: it reads the command line, does what it says and returns the code to end with.
func run(ctx context.Context, args []string, s surroundings) int {
	var root grammar
	helped := false
	parser, commands, err := newParser(&root, s.program, args, kong.Writers(s.stdout, s.stderr), kong.Exit(func(int) { helped = true }))
	if err != nil {
		return int(printError(s.stderr, err))
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	parsed, err := parser.Parse(args)
	if helped {
		return int(exitDone)
	}
	if err != nil {
		return int(printError(s.stderr, misread(s.program, err)))
	}
	files, faults := settings.FromFiles(s.env, settings.StarterSecrets()...)
	if err := errors.Join(faults...); err != nil {
		return int(printError(s.stderr, badUsage("%v", err)))
	}
	s.env = files
	a := &app{surroundings: s, printer: printer{
		Printer: terminal.New(s.stdout, s.stderr, root.Output == "json", s.get("NO_COLOR") == "", s.now().Location()),
		self:    s.program, unnamed: s.operator("") == "",
	}}
	defer a.close()
	if i := slices.IndexFunc(commands, func(c *command) bool { return c.node == parsed.Selected() }); i >= 0 {
		return int(printError(s.stderr, a.start(ctx, commands[i])))
	}
	parsed.BindTo(ctx, (*context.Context)(nil))
	return int(printError(s.stderr, parsed.Run(a, parsed.Selected())))
}

// misread says what is wrong with the command line and which help to read.
func misread(program terminal.Program, err error) error {
	help := []string{"--help"}
	if e, ok := errors.AsType[*kong.ParseError](err); ok {
		for node := e.Context.Selected(); node != nil && node.Parent != nil; node = node.Parent {
			help = append([]string{node.Name}, help...)
		}
	}
	return badUsage("%v\n%q shows what there is.", err, program.Command(help...))
}

// newParser makes the parser of a command line: the fixed commands, and one per operation under its carrier. An operation has
// its flags only when the arguments name it: the flags of all operations would take longer than everything else that most
// command lines need.
func newParser(root *grammar, program terminal.Program, args []string, options ...kong.Option) (*kong.Kong, []*command, error) {
	commands, groups, err := operationCommands(program, args)
	if err != nil {
		return nil, nil, err
	}
	var named []string
	for _, c := range registry.Carriers() {
		named = append(named, string(c.Carrier))
	}
	parser, err := kong.New(root, slices.Concat(options, groups, []kong.Option{
		kong.Name(string(program)),
		kong.Vars{"version": version.Get().String(), "carriers": strings.Join(named, ",")},
		kong.Description("Provision mobile subscriptions at carriers: start operations, follow them, see what became of them."),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: terminal.Width}),
		kong.Help(func(options kong.HelpOptions, ctx *kong.Context) error {
			if err := kong.DefaultHelpPrinter(options, ctx); err != nil {
				return err
			}
			text := exitCodes
			if ctx.Selected() == nil {
				text += environment()
			}
			_, err := fmt.Fprint(ctx.Stdout, text)
			return err
		}),
	})...)
	if err != nil {
		return nil, nil, fmt.Errorf("making the command line: %w", err)
	}
	leaves := parser.Model.Leaves(false)
	for _, c := range commands {
		for _, leaf := range leaves {
			if leaf.Parent.Name == string(c.info.Carrier()) && leaf.Name == commandName(c.info) {
				c.node = leaf
				c.node.Detail = c.detail()
			}
		}
	}
	return parser, commands, nil
}

// command is one operation as a command.
type command struct {
	program terminal.Program
	info    carriers.Info
	form    form.Form
	options *startOptions
	// flags is what kong fills in: one element per flag of the form.
	flags reflect.Value
	node  *kong.Node
}

// operationCommands makes a command of every operation, in one group per carrier. Those that the arguments do not name have no
// flags of their own.
func operationCommands(program terminal.Program, args []string) (commands []*command, groups []kong.Option, err error) {
	for _, carrier := range registry.Carriers() {
		var members []reflect.StructField
		for _, o := range carrier.Operations {
			c := &command{program: program, info: o.Info()}
			if isNamed(c.info, args) {
				if c.form, err = form.Of(c.info); err != nil {
					return nil, nil, err
				}
			}
			fields := append(c.form.Flags(), reflect.StructField{Name: "Start", Type: reflect.TypeFor[startOptions](), Tag: `embed:""`})
			members = append(members, reflect.StructField{
				Name: "Command" + strconv.Itoa(len(members)), Type: reflect.StructOf(fields), Tag: commandTag(c.info),
			})
			commands = append(commands, c)
		}
		group := reflect.New(reflect.StructOf(members))
		for i, c := range commands[len(commands)-len(members):] {
			c.flags = group.Elem().Field(i)
			c.options = c.flags.FieldByName("Start").Addr().Interface().(*startOptions)
		}
		groups = append(groups, kong.DynamicCommand(string(carrier.Carrier), "Operations at "+carrier.Name+".", carrier.Name+":", group.Interface()))
	}
	return commands, groups, nil
}

// isNamed reports whether one of the arguments is the command of an operation. It may be the value of a flag instead; then the
// operation has flags that are not needed.
func isNamed(info carriers.Info, args []string) bool {
	return slices.Contains(args, commandName(info)) || slices.Contains(args, shortName(info))
}

func commandTag(info carriers.Info) reflect.StructTag {
	tag := fmt.Sprintf("cmd:%q name:%q help:%q", "", commandName(info), info.Title+".")
	if short := shortName(info); short != commandName(info) {
		tag += fmt.Sprintf(" aliases:%q", short)
	}
	return reflect.StructTag(tag)
}

// commandName is the operation's command: its type without the carrier, "update-subscription-status".
func commandName(info carriers.Info) string {
	_, name, _ := strings.Cut(info.Type, ".")
	return form.Kebab(name)
}

// shortName is what can be typed as well: a change without the word "subscription", a read without "get". It is "update-status"
// for the operation UpdateSubscriptionStatus.
func shortName(info carriers.Info) string {
	if info.Kind == carriers.KindRead {
		return strings.TrimPrefix(commandName(info), "get-")
	}
	return strings.Replace(commandName(info), "-subscription", "", 1)
}

// line is the command with some flags.
func (c *command) line(flags ...string) string {
	return c.program.Command(append([]string{string(c.info.Carrier()), commandName(c.info)}, flags...)...)
}

// detail is what the help of a command says besides its flags.
func (c *command) detail() string {
	text := fmt.Sprintf("Documented in: %s. Decided by: %s.", c.info.Source, c.info.DecidedBy)
	for _, e := range c.info.Examples {
		text += fmt.Sprintf("\n\nTo %s:\n\n    %s", e.Title, c.line(c.form.Arguments(e.Request)...))
	}
	return text
}
