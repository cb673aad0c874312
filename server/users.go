package main

import (
	"context"

	"roadbook/schema"
	"roadbook/server/auth"
	"roadbook/server/command"
)

type userCLI struct {
	Add     userAddCmd     `cmd:"" help:"新建用户，口令取自环境变量 ROADBOOK_PASSWORD，否则输入两次（不显示）或取标准输入第一行 · add; the password comes from ROADBOOK_PASSWORD, or is typed twice unseen, or is the first line of a pipe"`
	List    userListCmd    `cmd:"" help:"列出用户 · list users"`
	Passwd  userPasswdCmd  `cmd:"" help:"修改口令，口令来源同 user add · set a new password, from where user add has it"`
	Disable userDisableCmd `cmd:"" help:"停用用户 · keep a user from signing in"`
}

type userAddCmd struct {
	Name string `arg:"" help:"用户名 · user name"`
	Role string `help:"角色：admin 管理员、hq 机关（缺省）、viewer 只读 · role: admin (administrator), hq (headquarters, the default), viewer (reads only)"`
}

type userListCmd struct{}

type userPasswdCmd struct {
	Name string `arg:"" help:"用户名 · user name"`
}

type userDisableCmd struct {
	Name string `arg:"" help:"用户名 · user name"`
}

// Run adds a user.
func (c *userAddCmd) Run(ctx context.Context, p *command.Program) error {
	return p.WithAuth(ctx, func(a *auth.Auth) error {
		password, err := p.ReadPassword(ctx)
		if err != nil {
			return err
		}
		role := c.Role
		if role == "" {
			role = auth.RoleHQ
		}
		if err := a.AddUser(ctx, c.Name, password, role); err != nil {
			return err
		}
		c.Name = schema.CleanName(c.Name)
		return p.Print(map[string]string{"user": c.Name, "role": role}, "已新建用户 %s，角色 %s · user %[1]s was added, with the role %[2]s\n", c.Name, role)
	})
}

// Run sets a password.
func (c *userPasswdCmd) Run(ctx context.Context, p *command.Program) error {
	return p.WithAuth(ctx, func(a *auth.Auth) error {
		password, err := p.ReadPassword(ctx)
		if err != nil {
			return err
		}
		if err := a.SetPassword(ctx, c.Name, password); err != nil {
			return err
		}
		return p.Print(map[string]string{"user": c.Name}, "已修改用户 %s 的口令 · the password of %[1]s was changed\n", c.Name)
	})
}

// Run disables a user's sign-in.
func (c *userDisableCmd) Run(ctx context.Context, p *command.Program) error {
	return p.WithAuth(ctx, func(a *auth.Auth) error { return a.DisableUser(ctx, c.Name) })
}

// Run lists the users.
func (*userListCmd) Run(ctx context.Context, p *command.Program) error {
	return p.WithAuth(ctx, func(a *auth.Auth) error { return listUsers(ctx, p, a) })
}

func listUsers(ctx context.Context, p *command.Program, a *auth.Auth) error {
	us, err := a.Users(ctx)
	if err != nil {
		return err
	}
	for _, u := range us {
		err := p.Print(map[string]any{
			"user": u.Name, "role": u.Role, "disabled": u.Disabled, "made": command.FormatTime(u.Made),
		}, "%s\t%s\t%s\n", u.Name, u.Role, command.Either(u.Disabled, "停用 disabled", ""))
		if err != nil {
			return err
		}
	}
	return nil
}
