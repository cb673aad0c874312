// Package wire is the sync protocol's data: lines, their chain and ids, frames and their signatures, requests
// and answers with their limits, the codes of results and errors (append-only). sync/PROTOCOL.md specifies the
// same for other implementers.
//
// Promises: an id binds a line's bytes and all lines before; every reader checks the form strictly and never
// uses more memory than the limits allow; a line's bytes stay unchanged. The package knows nothing about a
// line's effect on its record, nor about files, clocks or HTTP.
package wire
