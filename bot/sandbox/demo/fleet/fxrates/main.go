// fxrates prints the day's exchange rates of a currency.
package main

import (
	"fmt"
	"os"
)

var rates = map[string]float64{"EUR": 1, "USD": 1.17, "GBP": 0.87, "CHF": 0.93}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: fxrates CURRENCY")
		os.Exit(2)
	}
	rate, known := rates[os.Args[1]]
	if !known {
		fmt.Fprintf(os.Stderr, "fxrates: no rate for %q\n", os.Args[1])
		os.Exit(1)
	}
	fmt.Printf("1 EUR = %.2f %s\n", rate, os.Args[1])
}
