// Package pages plays stories of the field app in Chromium: the real server, the real client, keys only.
// go test -tags browser ./sync/simtest/pages
package pages
