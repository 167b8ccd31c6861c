// Package mistakes holds what a compiler should refuse. It is compiled only to see whether it does.
package mistakes
