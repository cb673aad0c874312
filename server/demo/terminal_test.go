//go:build demo

package demo

import (
	"bytes"
	"encoding/json"
	"errors"
	"os/exec"
	"testing"
)

// terminal is a device with the client.
type terminal struct {
	t            *testing.T
	client, data string
}

// run runs the client and wants the exit code 0.
func (c *terminal) run(args ...string) string {
	c.t.Helper()
	out, code := c.try(args...)
	if code != 0 {
		c.t.Fatalf("client %v: exit %d", args, code)
	}
	return out
}

func (c *terminal) try(args ...string) (string, int) {
	c.t.Helper()
	cmd := exec.CommandContext(c.t.Context(), c.client, append([]string{"--data", c.data}, args...)...)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		c.t.Fatal(err)
	}
	if err != nil {
		c.t.Logf("client %v: %s", args, errs.String())
	}
	return string(out), cmd.ProcessState.ExitCode()
}

func (c *terminal) waiting() (n int) {
	c.t.Helper()
	var status struct {
		Waiting int    `json:"waiting"`
		Device  string `json:"device"`
	}
	if err := json.Unmarshal([]byte(c.run("status", "--json")), &status); err != nil || status.Device == "" {
		c.t.Fatalf("status: %+v %v", status, err)
	}
	return status.Waiting
}
