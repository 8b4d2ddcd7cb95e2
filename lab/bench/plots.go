package main

import (
	"fmt"
	"image/color"
	"math"
	"path/filepath"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
)

// bar is one contestant, with a value for each group.
type bar struct {
	name   string
	values []float64
}

// line is one contestant, over a number.
type line struct {
	name string
	x, y []float64
}

// colours can be told apart by people who see few of them, and on paper.
var colours = []color.Color{
	color.RGBA{0x00, 0x5f, 0x99, 0xff}, color.RGBA{0xe6, 0x9f, 0x00, 0xff}, color.RGBA{0x7a, 0x7a, 0x7a, 0xff}, color.RGBA{0xb0, 0x3a, 0x5b, 0xff},
}

const (
	plotWidth  = 8 * vg.Inch
	plotHeight = 4 * vg.Inch
)

func newPlot(title, y string) *plot.Plot {
	p := plot.New()
	p.BackgroundColor = color.White // the page may be dark
	p.Title.Text, p.Y.Label.Text = title, y
	p.Title.Padding = vg.Points(6)
	p.Legend.Top, p.Legend.Left = true, true // the text may be wider where it is looked at than here; to the right it has room
	p.Legend.Padding, p.Legend.XOffs = vg.Points(2), vg.Points(8)
	p.Add(grid())
	return p
}

func grid() *plotter.Grid {
	g := plotter.NewGrid()
	g.Vertical.Width = 0
	g.Horizontal.Color = color.Gray{0xd8}
	return g
}

// barPlot draws bars of contestants, side by side for each group, with the values written on them.
func (p *page) barPlot(file, title, y string, groups []string, bars []bar) error {
	drawing := newPlot(title, y)
	width := vg.Points(min(34, 380/float64(max(1, len(bars)*len(groups)))))
	names, most := make([]string, len(bars)), 0.0
	for i, b := range bars {
		names[i] = strings.Replace(b.name, ", no line", ",\nno line", 1) // the longest name
	}
	for g, group := range groups {
		values := make(plotter.Values, len(bars))
		var labels plotter.XYLabels
		offset := width * vg.Length(float64(g)-float64(len(groups)-1)/2)
		for i, b := range bars {
			if v := b.values[g]; !math.IsNaN(v) {
				values[i] = v
				most = max(most, v)
				labels.XYs, labels.Labels = append(labels.XYs, plotter.XY{X: float64(i), Y: v}), append(labels.Labels, number(v))
			}
		}
		chart, err := plotter.NewBarChart(values, width)
		if err != nil {
			return fmt.Errorf("drawing %s: %w", file, err)
		}
		chart.Color, chart.Offset, chart.LineStyle.Width = colours[g%len(colours)], offset, 0
		drawing.Add(chart)
		drawing.Legend.Add(group, chart)
		if len(labels.XYs) == 0 {
			continue
		}
		texts, err := plotter.NewLabels(labels)
		if err != nil {
			return fmt.Errorf("drawing %s: %w", file, err)
		}
		for i := range texts.TextStyle {
			texts.TextStyle[i].Font.Size, texts.TextStyle[i].XAlign = 9, -0.5
		}
		texts.Offset = vg.Point{X: offset, Y: vg.Points(2)}
		drawing.Add(texts)
	}
	drawing.NominalX(names...)
	drawing.Y.Min, drawing.Y.Max = 0, most*1.3 // room for the legend
	drawing.X.Min, drawing.X.Max = -0.6, float64(len(bars))-0.4
	drawing.Y.Tick.Marker = plain{}
	return p.save(drawing, file)
}

// linePlot draws lines over a number, both axes by powers of ten.
func (p *page) linePlot(file, title, x, y string, lines []line) error {
	drawing := newPlot(title, y)
	drawing.X.Label.Text = x
	drawing.X.Scale, drawing.Y.Scale = plot.LogScale{}, plot.LogScale{}
	drawing.X.Tick.Marker, drawing.Y.Tick.Marker = decades{}, decades{}
	least, most := math.Inf(1), 0.0
	for i, l := range lines {
		points := make(plotter.XYs, 0, len(l.x))
		for j := range l.x {
			if l.x[j] > 0 && l.y[j] > 0 {
				points = append(points, plotter.XY{X: l.x[j], Y: l.y[j]})
				least, most = min(least, l.y[j]), max(most, l.y[j])
			}
		}
		if len(points) == 0 {
			continue
		}
		drawn, marks, err := plotter.NewLinePoints(points)
		if err != nil {
			return fmt.Errorf("drawing %s: %w", file, err)
		}
		drawn.Color, drawn.Width = colours[i%len(colours)], vg.Points(2)
		marks.Color, marks.Radius = colours[i%len(colours)], vg.Points(3.5)
		drawing.Add(drawn, marks)
		drawing.Legend.Add(l.name, drawn, marks)
	}
	if most == 0 {
		return nil
	}
	drawing.X.Min, drawing.X.Max = decade(drawing.X.Min, math.Floor)*0.9, decade(drawing.X.Max, math.Ceil)*1.2
	drawing.Y.Min, drawing.Y.Max = decade(least, math.Floor), decade(most, math.Ceil)
	return p.save(drawing, file)
}

// decade is the power of ten below or above a value.
func decade(v float64, round func(float64) float64) float64 {
	return math.Pow(10, round(math.Log10(v)))
}

// decades are ticks at powers of ten, with lines between.
type decades struct{}

// Ticks returns the ticks of an axis.
func (decades) Ticks(least, most float64) (ticks []plot.Tick) {
	for power := decade(least*1.2, math.Floor); power <= most*1.0001; power *= 10 {
		ticks = append(ticks, plot.Tick{Value: power, Label: number(power)})
		for n := 2.0; n < 10 && n*power < most; n++ {
			ticks = append(ticks, plot.Tick{Value: n * power})
		}
	}
	return ticks
}

// plain are the usual ticks, written as everywhere on the page.
type plain struct{}

// Ticks returns the ticks of an axis.
func (plain) Ticks(least, most float64) []plot.Tick {
	ticks := plot.DefaultTicks{}.Ticks(least, most)
	for i := range ticks {
		if ticks[i].Label != "" {
			ticks[i].Label = number(ticks[i].Value)
		}
	}
	return ticks
}

func (p *page) save(drawing *plot.Plot, file string) error {
	if err := drawing.Save(plotWidth, plotHeight, filepath.Join(p.plots, file)); err != nil {
		return fmt.Errorf("drawing %s: %w", file, err)
	}
	return nil
}
