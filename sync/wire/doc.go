// Package wire is what travels: lines, their chain and ids, frames and their signatures, requests and
// answers with their limits, the codes of results and errors (append-only). PROTOCOL.md says the same to
// others.
//
// It promises: an id binds a line's bytes and all lines before it; what is read was checked for form,
// strictly, and never costs more memory than the limits say; a line's bytes are kept as they came. It
// knows nothing of what a line means to its record, of files, clocks or HTTP.
package wire
