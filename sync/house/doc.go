// Package house holds the repository to its own plan: tests alone, no code. Directions of imports, README's map and links,
// the words of comments, the length of functions and files.
package house
