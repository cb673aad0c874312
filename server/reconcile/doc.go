// Package reconcile compares the ministry's platform with the records here: a table of the platform's plates, tickets or accidents of
// a year against the records of the kind. Every row and every record gets one class, and the classes add up to the difference of
// both totals. README.md is for HQ, NOTES.md for engineers.
//
// The core (Compare) is pure: two lists in, classes out, whatever the order of the lists. Reading, taking over and printing stand
// around it. Work is bounded: entries meet in buckets by number and day, and each looks at a fixed number of neighbours.
package reconcile
