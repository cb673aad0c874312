package command

import (
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// NewParser makes the parser of command lines.
func NewParser(cli any, more ...kong.Option) (*kong.Kong, error) {
	return kong.New(cli, append(more, kong.Name("server"), kong.DefaultEnvars("ROADBOOK"),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}), kong.Help(help))...)
}

// help prints kong's help, followed by the help of the default command.
func help(options kong.HelpOptions, ctx *kong.Context) error {
	err := kong.DefaultHelpPrinter(options, ctx)
	node := ctx.Selected()
	if node == nil {
		node = ctx.Model.Node
	}
	if err != nil || node.DefaultCmd == nil {
		return err
	}
	fmt.Fprintln(ctx.Stdout)
	ctx.Path = append(ctx.Path, &kong.Path{Command: node.DefaultCmd})
	return kong.DefaultHelpPrinter(options, ctx)
}

// Parse reads a command line.
func Parse(parser *kong.Kong, args []string) (*kong.Context, error) {
	g := grammar{app: parser.Model.Node, flags: map[string]*kong.Flag{}}
	g.addFlags(g.app)
	args, err := g.moveFlagsBehind(args)
	if err != nil {
		return nil, err
	}
	return parser.Parse(args)
}

// grammar knows the program's commands and flags.
type grammar struct {
	app   *kong.Node
	flags map[string]*kong.Flag // by --name and -n; a name means the same in every command
}

func (g *grammar) addFlags(n *kong.Node) {
	for _, f := range n.Flags {
		g.flags["--"+f.Name] = f
		if f.Short != 0 {
			g.flags["-"+string(f.Short)] = f
		}
	}
	for _, c := range n.Children {
		g.addFlags(c)
	}
}

// flagAt is the flag at the start of args, and the number of words of flag and value; nil for another word.
func (g *grammar) flagAt(args []string) (f *kong.Flag, words int) {
	name, _, joined := strings.Cut(args[0], "=")
	if len(name) > 2 && name[0] == '-' && name[1] != '-' {
		name, joined = name[:2], true // -vy, -n5
	}
	f = g.flags[name]
	if f == nil || joined || f.IsBool() || len(args) == 1 {
		return f, 1
	}
	return f, 2
}

// moveFlagsBehind moves flags from before a command to behind it, because kong looks for a command's own flags there. A
// flag of another command is refused.
func (g *grammar) moveFlagsBehind(args []string) ([]string, error) {
	node, rest := g.app, args
	var path, lead []string
	for len(rest) > 0 {
		f, words := g.flagAt(rest)
		if f != nil {
			lead, rest = append(lead, rest[:words]...), rest[words:]
			continue
		}
		i := slices.IndexFunc(node.Children, func(c *kong.Node) bool { return c.Name == rest[0] })
		if i < 0 {
			break
		}
		node, path, rest = node.Children[i], append(path, rest[0]), rest[1:]
	}
	behind := slices.Concat(lead, rest)
	if d := node.DefaultCmd; d != nil {
		if len(rest) > 0 && len(d.Positional) == 0 && !strings.HasPrefix(rest[0], "-") {
			return nil, unknownCommand(node, rest[0])
		}
		node = d
	}
	return slices.Concat(path, behind), g.checkFlags(node, behind)
}

// unknownCommand: kong would report an unknown word as a surplus argument of the default command.
func unknownCommand(n *kong.Node, word string) error {
	names := make([]string, len(n.Children))
	for i, c := range n.Children {
		names[i] = c.Name
	}
	return Usage(fmt.Sprintf("没有命令 %s，只有：%s · there is no command %[1]s, only: %[2]s", word, strings.Join(names, ", ")))
}

// checkFlags refuses the first flag of another command among a command's words.
func (g *grammar) checkFlags(n *kong.Node, args []string) error {
	for len(args) > 0 && args[0] != "--" {
		f, words := g.flagAt(args)
		if f != nil && len(n.Children) == 0 && !takes(n, f) {
			return Usage(fmt.Sprintf("--%s 不是 %s 的选项，它属于 %s；什么也没有做 · --%[1]s is no flag of %[2]s, but of %[3]s: nothing was done",
				f.Name, PathOf(n), strings.Join(g.commandsWithFlag(g.app, f.Name), ", ")))
		}
		args = args[words:]
	}
	return nil
}

// takes reports whether a command has a flag of this name, its own or inherited.
func takes(n *kong.Node, f *kong.Flag) bool {
	for ; n != nil; n = n.Parent {
		if hasFlag(n, f.Name) {
			return true
		}
	}
	return false
}

func hasFlag(n *kong.Node, name string) bool {
	return slices.ContainsFunc(n.Flags, func(f *kong.Flag) bool { return f.Name == name })
}

// commandsWithFlag lists the commands with a flag of this name.
func (g *grammar) commandsWithFlag(n *kong.Node, name string) (out []string) {
	if hasFlag(n, name) {
		out = append(out, PathOf(n))
	}
	for _, c := range n.Children {
		out = append(out, g.commandsWithFlag(c, name)...)
	}
	return out
}

// PathOf is a command as typed, without the program's name.
func PathOf(n *kong.Node) string {
	if n.Parent == nil || n.Parent.Parent == nil {
		return n.Name
	}
	return PathOf(n.Parent) + " " + n.Name
}
