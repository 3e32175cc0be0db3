/**
 * A plot of the last values, by uPlot.
 *
 * @module demo/web/lib/plot
 */
import uPlot from '../vendor/uPlot.esm.js';
import { colourOf, onColours } from './colours.js';

const LENGTH = 240;
const HEIGHT = 96;
const WIDTH_MIN = 120;

export class Plot {
  /**
   * @param {HTMLElement} element
   * @param {string} colour a custom property
   * @param {number} [top] the axis reaches at least so far
   */
  constructor(element, colour, top = 1) {
    /** @type {(number | null)[]} */
    this.values = new Array(LENGTH).fill(null);
    this.indexes = Array.from({ length: LENGTH }, (_, i) => i);
    this.plot = new uPlot(
      {
        width: Math.max(WIDTH_MIN, element.clientWidth),
        height: HEIGHT,
        padding: [8, 2, 4, 0],
        legend: { show: false },
        cursor: { show: false },
        scales: {
          x: { time: false },
          y: { range: (_plot, _min, max) => [0, Math.max(top, (max || 0) * 1.05)] },
        },
        axes: [
          { show: false },
          {
            stroke: () => colourOf('--soft'),
            grid: { stroke: () => colourOf('--line'), width: 1 },
            ticks: { show: false },
            font: '11px system-ui',
            size: 36,
            gap: 4,
            space: 26,
          },
        ],
        series: [{}, { stroke: () => colourOf(colour), width: 1.5, points: { show: false } }],
      },
      [this.indexes, this.values],
      element,
    );
    onColours(() => this.plot.redraw());
    new ResizeObserver(() => {
      this.plot.setSize({ width: Math.max(WIDTH_MIN, element.clientWidth), height: HEIGHT });
    }).observe(element);
  }

  /** @param {number | null} value */
  add(value) {
    this.values.push(value);
    this.values.shift();
  }

  clear() {
    this.values.fill(null);
  }

  draw() {
    this.plot.setData([this.indexes, this.values]);
  }
}
