package api

import (
	"context"
	"io"

	"roadbook/sync/wire"
)

// enterTable lets one table at a time be imported or compared, for each may take a quarter of a gigabyte. While another table is at
// work it refuses: a person waits and sends the table again.
func (a *API) enterTable() (leave func(), err error) {
	leaveSyncs, err := a.syncs.enter()
	if err != nil {
		return nil, err
	}
	if !a.tableAtWork.TryLock() {
		leaveSyncs()
		e := wire.Refuse(wire.CodeBusy, "")
		e.Message.ZH += "：另一张表正在导入或核对，请等它结束后再传"
		e.Message.EN += ": another table is being imported or compared; send this one when that has ended"
		return nil, e
	}
	return func() {
		a.tableAtWork.Unlock()
		leaveSyncs()
	}, nil
}

// readerWithin reads a table until ctx ends: the reading of a table ends there too.
type readerWithin struct {
	ctx context.Context
	src io.ReaderAt
}

func (r readerWithin) ReadAt(p []byte, at int64) (int, error) {
	if err := context.Cause(r.ctx); err != nil {
		return 0, err
	}
	return r.src.ReadAt(p, at)
}
