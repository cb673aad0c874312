package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"roadbook/server/fleet"
	"roadbook/sync/wire"
)

// crowd is a whole county that returns at once: each device delivers a few lines and pulls for the first time; then all
// devices work for a while, as on a normal day. Each phase reports the server's peak resident memory.
type crowd struct {
	Devices int           `help:"模拟设备数。 / Simulated devices." default:"5000"`
	Stored  int           `help:"事先存好的观测数。 / Observations stored before." default:"50000"`
	Lines   int           `help:"每台设备带回的观测数。 / Observations that each device brings." default:"5"`
	NoPull  bool          `help:"只上传，不下载。 / Deliver only, pull nothing."`
	Soak    time.Duration `help:"之后持续多久。 / How long they go on." default:"2m"`
	Every   time.Duration `help:"持续期间每台设备的间隔。 / Between two syncs of a device while they go on." default:"30s"`
	Most    int           `help:"服务器内存上限（MB），超过即失败；0 不检查。 / Server memory in MB above which this fails; 0: not checked." default:"400"`
	Seed    uint64        `help:"随机种子。 / Seed." default:"1"`
	Server  string        `help:"已编译的服务器；空则现编译。 / A server that is built already; empty: build it."`
	Keep    string        `help:"数据目录；空则用临时目录。 / Data directory; empty: a temporary one."`
}

// enrollers is the number of concurrent enrollments.
const enrollers = 32

// Run measures and prints a table in Markdown.
func (c *crowd) Run(ctx context.Context) error {
	dir, clean, err := workDir(c.Keep)
	if err != nil {
		return err
	}
	defer clean()
	srv, err := startServer(ctx, c.Server, filepath.Join(dir, "data"), "", false, nil)
	if err != nil {
		return err
	}
	defer srv.stop()
	fmt.Printf("machine: %d CPUs, %s, %s; generator on the same CPUs\n", runtime.NumCPU(), runtime.GOARCH, runtime.Version())
	fmt.Printf("%d devices, %d units, %d lines each, %s stored before; pull %v; seed %d\n\n| what | figure |\n|---|---|\n",
		c.Devices, units, c.Lines, thousands(c.Stored), !c.NoPull, c.Seed)
	settled, err := enrollFleet(ctx, srv, nil, &bench{Devices: 64, Links: 32, Frame: 500, Seed: c.Seed})
	if err != nil {
		return err
	}
	if _, err := settled.fill(ctx, 0, c.Stored); err != nil {
		return err
	}
	people, err := c.enrollCrowd(ctx, srv)
	if err != nil {
		return err
	}
	return errors.Join(c.phase(ctx, srv, people, "herd", c.herd), c.phase(ctx, srv, people, "soak", c.soak))
}

// enrollCrowd enrolls the devices of the crowd and lets each save its lines.
func (c *crowd) enrollCrowd(ctx context.Context, srv *server) ([]*crowdDevice, error) {
	l := &load{cfg: &bench{}, rng: rand.New(rand.NewPCG(c.Seed, 1)), plate: plateKind(), serial: c.Stored, amendable: make([]wire.ObsID, c.Devices)}
	people := make([]*crowdDevice, c.Devices)
	for i := range people {
		d := fleet.NewDevice(l.rng, fmt.Sprintf("crowd-%04d", i), start.UnixMilli())
		people[i] = &crowdDevice{device: d, link: fleet.NewLink(srv.url), rng: rand.New(rand.NewPCG(c.Seed, uint64(i)+2)), pulls: !c.NoPull}
		l.devices = append(l.devices, d)
	}
	err := each(people, enrollers, func(i int, p *crowdDevice) error {
		code, err := srv.code(ctx, fmt.Sprintf("unit-%02d", i%units), "clerk")
		if err != nil {
			return err
		}
		return p.link.Enroll(ctx, p.device, code, srv.catalogue)
	})
	if err != nil {
		return nil, fmt.Errorf("enroll: %w", err)
	}
	for i := range people {
		for range c.Lines {
			l.save(i)
		}
		people[i].again = func() { l.save(i) }
	}
	return people, nil
}

// each calls do for every device, at most wide at once, and returns the first error.
func each(people []*crowdDevice, wide int, do func(i int, p *crowdDevice) error) error {
	var wg sync.WaitGroup
	gate := make(chan struct{}, wide)
	failed := make([]error, len(people))
	for i, p := range people {
		gate <- struct{}{}
		wg.Go(func() {
			defer func() { <-gate }()
			failed[i] = do(i, p)
		})
	}
	wg.Wait()
	return firstOf(failed)
}

func firstOf(errs []error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// phase runs a phase and prints its cost for the server.
func (c *crowd) phase(
	ctx context.Context, srv *server, people []*crowdDevice, name string, do func(context.Context, []*crowdDevice) error,
) error {
	for _, p := range people {
		p.requestCounts, p.took = requestCounts{}, 0
	}
	if err := srv.forgetPeak(); err != nil {
		return err
	}
	used, began := cpu(srv.pid()), time.Now()
	if err := do(ctx, people); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	took := time.Since(began)
	peak := srv.memory("VmHWM") >> 10
	var sum requestCounts
	var waits []time.Duration
	for _, p := range people {
		sum.add(&p.requestCounts)
		waits = append(waits, p.took)
	}
	row(name+": server memory at its peak", "**%d MB** (%d MB after)", peak, srv.memory("VmRSS")>>10)
	row(name+": took, server's processor time", "%.1f s, %.1f s", took.Seconds(), (cpu(srv.pid()) - used).Seconds())
	row(name+": until a device had all, p50, p99, last", "%s, %s, %s",
		ms(quantile(waits, .5)), ms(quantile(waits, .99)), ms(quantile(waits, 1)))
	row(name+": answers, of these without the pull's turn", "%d, %d", sum.answers, sum.empty)
	row(name+": turned away, other failures", "%d, %d", sum.busy, sum.failed)
	row(name+": observations pulled, bytes of lines", "%s, %d MB", thousands(sum.pulled), sum.bytes>>20)
	if c.Most > 0 && peak > c.Most {
		return fmt.Errorf("%s: the server took %d MB, more than %d", name, peak, c.Most)
	}
	return nil
}

// herd lets all devices begin at the same moment.
func (c *crowd) herd(ctx context.Context, people []*crowdDevice) error {
	return each(people, len(people), func(_ int, p *crowdDevice) error { return p.syncAll(ctx) })
}

// soak lets every device save an observation at an interval and deliver it.
func (c *crowd) soak(ctx context.Context, people []*crowdDevice) error {
	var saying sync.Mutex // all devices share the load's state
	end := time.Now().Add(c.Soak)
	return each(people, len(people), func(_ int, p *crowdDevice) error {
		for pause := time.Duration(p.rng.Int64N(int64(c.Every))); time.Now().Add(pause).Before(end); pause = c.Every {
			time.Sleep(pause)
			saying.Lock()
			p.again()
			saying.Unlock()
			if err := p.syncAll(ctx); err != nil {
				return err
			}
		}
		return nil
	})
}
