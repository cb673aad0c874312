//go:build !linux

package localdb

func kernelBoot() (id string, up func() int64, ok bool) { return "", nil, false }
