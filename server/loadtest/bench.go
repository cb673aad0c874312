package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"
)

// bench is one whole measurement: fill, ingest at each size, replay, single saves, drain.
type bench struct {
	Stored  []int  `help:"在这些已存数量处测量。 / Sizes at which ingest is measured, observations stored." default:"0,100000"`
	Window  int    `help:"每次测量的观测数。 / Observations in each measured window." default:"200000"`
	Turns   int    `help:"每次测量分几段，与引擎本身轮流。 / Parts of a window, in turn with the engine by itself." default:"4"`
	Devices int    `help:"模拟设备数。 / Simulated devices." default:"64"`
	Links   int    `help:"并发连接数。 / Connections at once." default:"32"`
	Frame   int    `help:"每帧观测数。 / Observations a frame." default:"500"`
	Singles int    `help:"单条保存次数。 / Single saves." default:"500"`
	Drain   int    `help:"排空的条数。 / Observations of one device that drain." default:"10000"`
	Seed    uint64 `help:"随机种子。 / Seed." default:"1"`
	Servers int    `help:"几台服务器共用一个 MongoDB。 / Servers on one MongoDB." default:"1"`
	Mongo   string `help:"MongoDB 地址；空则用内嵌存储。 / MongoDB URI; empty: the embedded store."`
	Strace  bool   `help:"用 strace 统计 fsync。 / Count fsyncs with strace." negatable:"" default:"true"`
	Server  string `help:"已编译的服务器；空则现编译。 / A server that is built already; empty: build it."`
	Keep    string `help:"数据目录；空则用临时目录。 / Data directory; empty: a temporary one."`
}

// Run measures and prints a table in Markdown.
func (b *bench) Run(ctx context.Context) error {
	dir, clean, err := workDir(b.Keep)
	if err != nil {
		return err
	}
	defer clean()
	srv, others, err := b.start(ctx, dir)
	if err != nil {
		return err
	}
	defer srv.stop()
	for _, o := range others {
		defer o.stop()
	}
	fleet, err := enrollFleet(ctx, srv, others, b)
	if err != nil {
		return err
	}
	b.header(srv)
	stored, err := b.sizes(ctx, fleet)
	if err != nil {
		return err
	}
	if err := fleet.singles(ctx, b.Singles); err != nil {
		return err
	}
	if err := fleet.drain(ctx, b.Drain); err != nil {
		return err
	}
	return b.footer(srv, dir, stored+b.Singles+b.Drain)
}

// sizes measures at each size, the server and the bare engine in turn, and returns the number of stored observations.
func (b *bench) sizes(ctx context.Context, fleet *load) (stored int, err error) {
	bare, err := newBareEngine(ctx, b.Mongo)
	if err != nil {
		return 0, err
	}
	defer bare.drop(context.WithoutCancel(ctx))
	slices.Sort(b.Stored)
	var last []encodedRequest
	for _, at := range b.Stored {
		if stored, err = fleet.fill(ctx, stored, at); err != nil {
			return 0, err
		}
		if err := bare.fill(ctx, last, at); err != nil {
			return 0, err
		}
		if last, err = b.window(ctx, fleet, bare, stored); err != nil {
			return 0, err
		}
		stored += b.Window
	}
	return stored, nil
}

// start starts the server, and further servers on the same database.
func (b *bench) start(ctx context.Context, dir string) (srv *server, others []*server, err error) {
	if b.Servers > 1 && b.Mongo == "" {
		return nil, nil, errors.New("--servers needs --mongo: the embedded store serves one")
	}
	if srv, err = startServer(ctx, b.Server, filepath.Join(dir, "data"), b.Mongo, b.Strace, nil); err != nil {
		return nil, nil, err
	}
	for len(others) < b.Servers-1 {
		o, err := startServer(ctx, srv.binary, filepath.Join(dir, "data"), b.Mongo, false, srv)
		if err != nil {
			srv.stop()
			for _, o := range others {
				o.stop()
			}
			return nil, nil, err
		}
		others = append(others, o)
	}
	return srv, others, nil
}

func (b *bench) header(srv *server) {
	store := "embedded SQLite (WAL, synchronous=FULL)"
	if b.Mongo != "" {
		store = fmt.Sprintf("MongoDB protocol, %d server(s)", b.Servers)
	}
	fmt.Printf("machine: %d CPUs, %s, %s; generator on the same CPUs\n", runtime.NumCPU(), runtime.GOARCH, runtime.Version())
	fmt.Printf("store: %s; %d devices, %d connections, %d a frame, zstd; seed %d; strace %v\n\n",
		store, b.Devices, b.Links, b.Frame, b.Seed, srv.traced)
	fmt.Println("| what | figure |")
	fmt.Println("|---|---|")
}

func (b *bench) footer(srv *server, dir string, stored int) error {
	row("server memory, resident / peak", "%d / %d MB", srv.memory("VmRSS")>>10, srv.memory("VmHWM")>>10)
	if b.Mongo == "" {
		row("disk an observation, all included", "%.0f B", float64(sizeOf(filepath.Join(dir, "data")))/float64(stored))
	}
	if info, err := os.Stat(srv.binary); err == nil {
		row("server binary", "%.1f MB", float64(info.Size())/(1<<20))
	}
	fsyncs, err := srv.finish()
	if err != nil {
		return err
	}
	if srv.traced {
		row("fsync and fdatasync calls of the whole run", "%d (%.1f observations each)", fsyncs, float64(stored)/float64(max(fsyncs, 1)))
	}
	return nil
}

func row(what, format string, args ...any) {
	fmt.Printf("| %s | %s |\n", what, fmt.Sprintf(format, args...))
}

// rate is observations a second.
func rate(n int, took time.Duration) string {
	return fmt.Sprintf("%.1f k/s", float64(n)/took.Seconds()/1000)
}

// quantile is the q-quantile of durations; it sorts them.
func quantile(ds []time.Duration, q float64) time.Duration {
	if len(ds) == 0 {
		return 0
	}
	slices.Sort(ds)
	return ds[min(len(ds)-1, int(float64(len(ds))*q))]
}

func sizeOf(dir string) (size int64) {
	_ = filepath.Walk(dir, func(_ string, info os.FileInfo, err error) error {
		if err == nil && !info.IsDir() {
			size += info.Size()
		}
		return nil
	})
	return size
}

func workDir(keep string) (string, func(), error) {
	if keep != "" {
		return keep, func() {}, os.MkdirAll(keep, 0o750)
	}
	dir, err := os.MkdirTemp("", "roadbook-bench-")
	return dir, func() { _ = os.RemoveAll(dir) }, err
}
