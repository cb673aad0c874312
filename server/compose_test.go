package main

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"roadbook/server/command"

	"github.com/goccy/go-yaml"
)

// Checks of docker/ without a Docker engine: its parts name each other and the program rightly, and no container has
// needless rights. The step compose of .ci/run gives the files to the format's own reader and to the proxy.

type composeFile struct {
	Name     string                    `yaml:"name"`
	Services map[string]composeService `yaml:"services"`
	Networks map[string]struct {
		Internal bool `yaml:"internal"`
		IPAM     struct {
			Config []struct {
				Subnet string `yaml:"subnet"`
			} `yaml:"config"`
		} `yaml:"ipam"`
	} `yaml:"networks"`
	Volumes map[string]struct{} `yaml:"volumes"`
	Secrets map[string]struct {
		File string `yaml:"file"`
	} `yaml:"secrets"`
	Configs map[string]struct {
		File string `yaml:"file"`
	} `yaml:"configs"`

	Closed any `yaml:"x-closed"`
	Mongo  any `yaml:"x-mongo"`
	Server any `yaml:"x-server"`
}

// composeService has every allowed field of the file: another field is a mistake, or must be added here.
type composeService struct {
	Image string `yaml:"image"`
	Build *struct {
		Context    string `yaml:"context"`
		Dockerfile string `yaml:"dockerfile"`
	} `yaml:"build"`
	User        string                       `yaml:"user"`
	Entrypoint  []string                     `yaml:"entrypoint"`
	Command     []string                     `yaml:"command"`
	Environment map[string]string            `yaml:"environment"`
	Networks    []string                     `yaml:"networks"`
	NetworkMode string                       `yaml:"network_mode"`
	Ports       []string                     `yaml:"ports"`
	Volumes     []string                     `yaml:"volumes"`
	Tmpfs       []string                     `yaml:"tmpfs"`
	Secrets     []string                     `yaml:"secrets"`
	Configs     []map[string]string          `yaml:"configs"`
	Profiles    []string                     `yaml:"profiles"`
	Restart     string                       `yaml:"restart"`
	DependsOn   map[string]map[string]string `yaml:"depends_on"`
	Healthcheck *struct {
		Test        []string `yaml:"test"`
		Interval    string   `yaml:"interval"`
		Timeout     string   `yaml:"timeout"`
		Retries     int      `yaml:"retries"`
		StartPeriod string   `yaml:"start_period"`
	} `yaml:"healthcheck"`
	ReadOnly    bool           `yaml:"read_only"`
	CapAdd      []string       `yaml:"cap_add"`
	CapDrop     []string       `yaml:"cap_drop"`
	SecurityOpt []string       `yaml:"security_opt"`
	MemLimit    string         `yaml:"mem_limit"`
	PidsLimit   int            `yaml:"pids_limit"`
	Ulimits     map[string]int `yaml:"ulimits"`
	Logging     any            `yaml:"logging"`
	StopSignal  string         `yaml:"stop_signal"`
	StopGrace   string         `yaml:"stop_grace_period"`
}

// oneShot are the services that end by themselves.
var oneShot = []string{"backup", "keyfile", "replicaset"}

func readDocker(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "docker", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func readCompose(t *testing.T) *composeFile {
	t.Helper()
	var c composeFile
	if err := yaml.UnmarshalWithOptions([]byte(readDocker(t, "compose.yaml")), &c, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	return &c
}

func TestComposeServices(t *testing.T) {
	c := readCompose(t)
	want := []string{"backup", "keyfile", "mongo1", "mongo2", "mongo3", "proxy", "replicaset", "server1", "server2"}
	if got := slices.Sorted(maps.Keys(c.Services)); !slices.Equal(got, want) {
		t.Fatalf("services %v, want %v", got, want)
	}
	pinned := regexp.MustCompile(`^[a-z]+:\d+\.\d+\.\d+(-[a-z]+)?$`)
	person := regexp.MustCompile(`^[1-9]\d*:[1-9]\d*$`)
	for name, s := range c.Services {
		must := func(ok bool, what string) {
			t.Helper()
			if !ok {
				t.Errorf("%s: %s", name, what)
			}
		}
		must(pinned.MatchString(s.Image) || s.Image == "roadbook-server:local", "image "+s.Image+" is not pinned")
		must(person.MatchString(s.User), "user "+s.User+": a number that is not root's")
		must(s.ReadOnly, "root is writable")
		must(slices.Equal(s.CapDrop, []string{"ALL"}) && len(s.CapAdd) == 0, "has capabilities")
		must(slices.Contains(s.SecurityOpt, "no-new-privileges:true"), "may gain privileges")
		must(s.MemLimit != "" && s.PidsLimit > 0, "no limit of memory or processes")
		once := slices.Contains(oneShot, name)
		must(once != (s.Healthcheck != nil), "has a health check or ends by itself, not both")
		must(once || s.Restart == "unless-stopped", "is not started again")
		must((name == "proxy") == (len(s.Ports) > 0), "only the proxy is reached from outside")
		must((name == "proxy") == slices.Contains(s.Networks, "outside"), "only the proxy stands in two networks")
		for key, value := range s.Environment {
			must(!regexp.MustCompile(`(?i)password=|://[^/]*:[^/]*@`).MatchString(key+"="+value), key+" holds a secret")
		}
	}
	if !c.Networks["inside"].Internal {
		t.Error("the inner network has a way out")
	}
}

// Every named network, volume, secret and configuration exists.
func TestComposeNames(t *testing.T) {
	c := readCompose(t)
	for name, s := range c.Services {
		for _, v := range s.Volumes {
			volume, _, _ := strings.Cut(v, ":")
			if _, ok := c.Volumes[volume]; !ok {
				t.Errorf("%s: no volume %s", name, volume)
			}
		}
		for _, n := range s.Networks {
			if _, ok := c.Networks[n]; !ok {
				t.Errorf("%s: no network %s", name, n)
			}
		}
		for _, n := range s.Secrets {
			if _, ok := c.Secrets[n]; !ok {
				t.Errorf("%s: no secret %s", name, n)
			}
		}
		for _, n := range s.Configs {
			if _, ok := c.Configs[n["source"]]; !ok {
				t.Errorf("%s: no config %s", name, n["source"])
			}
		}
		for other, how := range s.DependsOn {
			on, ok := c.Services[other]
			switch once := slices.Contains(oneShot, other); {
			case !ok:
				t.Errorf("%s waits for %s, which is not there", name, other)
			case how["condition"] == "service_healthy" && on.Healthcheck == nil,
				(how["condition"] == "service_completed_successfully") != once:
				t.Errorf("%s waits for %s: %s never comes", name, other, how["condition"])
			}
		}
	}
	for _, f := range c.Configs {
		readDocker(t, f.File)
	}
}

// The servers' flags, commands and variables in the containers exist in the program.
func TestComposeCommandLines(t *testing.T) {
	parser, err := command.NewParser(&commands{})
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, n := range append(parser.Model.Leaves(false), parser.Model.Node) {
		for _, f := range n.Flags {
			for _, env := range f.Envs {
				known[env] = true
			}
		}
	}
	if !known["ROADBOOK_MONGO"] {
		t.Fatal("the flags' variables were not found")
	}
	c := readCompose(t)
	ours := 0
	for name, s := range c.Services {
		if s.Image != "roadbook-server:local" {
			continue
		}
		ours++
		for env := range s.Environment {
			if !known[env] {
				t.Errorf("%s: no flag has the variable %s", name, env)
			}
		}
		if uri := s.Environment["ROADBOOK_MONGO"]; uri != "@/run/secrets/mongo_uri" || !slices.Contains(s.Secrets, "mongo_uri") {
			t.Errorf("%s: the database's address is not a secret: %s", name, uri)
		}
		for _, line := range commandLines(&s) {
			if _, err := command.Parse(parser, line); err != nil {
				t.Errorf("%s: server %v: %v", name, line, err)
			}
		}
	}
	if ours != 3 { // two servers and the backup
		t.Errorf("%d services run the server's image, want 3", ours)
	}
}

// commandLines are the arguments of the server and of its health check in a container.
func commandLines(s *composeService) [][]string {
	lines := [][]string{{"serve"}} // the image's own
	if len(s.Entrypoint) > 0 {
		lines[0] = slices.Concat(s.Entrypoint[1:], s.Command)
	}
	if s.Healthcheck != nil {
		lines = append(lines, s.Healthcheck.Test[2:])
	}
	return lines
}

// The proxy knows all servers at the right port, is trusted by the servers, and passes on the origin of requests.
func TestComposeProxy(t *testing.T) {
	c, proxy := readCompose(t), readDocker(t, "haproxy.cfg")
	var upstream []string
	for _, m := range regexp.MustCompile(`(?m)^\s+server\s+(\S+)\s+(\S+)`).FindAllStringSubmatch(proxy, -1) {
		if m[2] != m[1]+":8080" {
			t.Errorf("%s is asked at %s", m[1], m[2])
		}
		upstream = append(upstream, m[1])
	}
	if !slices.Equal(upstream, []string{"server1", "server2"}) {
		t.Errorf("the proxy asks %v", upstream)
	}
	subnet := c.Networks["inside"].IPAM.Config[0].Subnet
	for _, name := range upstream {
		s := c.Services[name]
		if s.Environment["ROADBOOK_TRUST_PROXY"] != subnet || !strings.HasSuffix(s.Environment["ROADBOOK_LISTEN"], ":8080") {
			t.Errorf("%s: %v, behind a proxy of %s", name, s.Environment, subnet)
		}
	}
	for _, line := range []string{
		"http-request set-header X-Forwarded-For %[src]", "http-request set-header X-Forwarded-Proto https",
		"http-check send meth GET uri /readyz", "content-length) gt 67108864", // wire.MaxBundle
	} {
		if !strings.Contains(proxy, line) {
			t.Errorf("haproxy.cfg lacks %q", line)
		}
	}
	for _, p := range c.Services["proxy"].Ports {
		_, inner, _ := strings.Cut(p, ":")
		if !strings.Contains(proxy, "bind :"+inner) {
			t.Errorf("nothing listens at %s of the proxy", inner)
		}
	}
}

// The replica set consists of the three members, under the name in their command lines.
func TestComposeReplicaSet(t *testing.T) {
	c, script := readCompose(t), readDocker(t, "replicaset.js")
	for _, name := range []string{"mongo1", "mongo2", "mongo3"} {
		if !strings.Contains(script, "host: '"+name+":27017'") {
			t.Errorf("replicaset.js does not name %s", name)
		}
		line := strings.Join(c.Services[name].Command, " ")
		if !strings.Contains(line, "--replSet rs0 --keyFile /data/configdb/keyfile") {
			t.Errorf("%s: mongod %s", name, line)
		}
	}
	if !strings.Contains(script, "_id: 'rs0'") {
		t.Error("replicaset.js makes a set of another name")
	}
}

// Images contain one static program and run it as an unprivileged user.
func TestDockerfiles(t *testing.T) {
	for _, name := range []string{"server.Dockerfile", "client.Dockerfile"} {
		text := readDocker(t, name)
		stages := regexp.MustCompile(`(?m)^FROM (\S+)`).FindAllStringSubmatch(text, -1)
		if len(stages) != 2 || stages[1][1] != "scratch" || !regexp.MustCompile(`^golang:\d+\.\d+\.\d+-\w+$`).MatchString(stages[0][1]) {
			t.Errorf("%s: stages %v", name, stages)
		}
		_, last, _ := strings.Cut(text, "FROM scratch")
		for _, line := range []string{"\nUSER 65532:65532\n", "\nENTRYPOINT [\"/"} {
			if !strings.Contains(last, line) {
				t.Errorf("%s: the last stage lacks %q", name, strings.TrimSpace(line))
			}
		}
		if !strings.Contains(text, "CGO_ENABLED=0") || strings.Contains(last, "RUN") {
			t.Errorf("%s: not static, or the empty image runs something", name)
		}
	}
}
