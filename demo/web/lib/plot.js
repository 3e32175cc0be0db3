/**
 * A plot of the last few hundred values, by uPlot.
 *
 * @module demo/web/lib/plot
 */
import uPlot from '../vendor/uPlot.esm.js';

const LENGTH = 300;
const HEIGHT = 130;

export class Plot {
  /** @param {HTMLElement} element @param {string} colour */
  constructor(element, colour) {
    this.values = new Array(LENGTH).fill(null);
    this.indexes = Array.from({ length: LENGTH }, (_, i) => i);
    const style = getComputedStyle(document.documentElement);
    const axis = {
      stroke: style.getPropertyValue('--soft'),
      grid: { stroke: style.getPropertyValue('--line'), width: 1 },
      ticks: { show: false },
      font: '11px system-ui',
    };
    this.plot = new uPlot(
      {
        width: element.clientWidth || 400,
        height: HEIGHT,
        legend: { show: false },
        cursor: { show: false },
        scales: {
          x: { time: false },
          y: { range: (_plot, _min, max) => [0, Math.max(20, max || 0)] },
        },
        axes: [{ show: false }, { ...axis, size: 34 }],
        series: [
          {},
          { stroke: style.getPropertyValue(colour), width: 1.5, points: { show: false } },
        ],
      },
      [this.indexes, this.values],
      element,
    );
    new ResizeObserver(() => {
      this.plot.setSize({ width: Math.max(200, element.clientWidth), height: HEIGHT });
    }).observe(element);
  }

  /** @param {number} value */
  add(value) {
    this.values.push(value);
    this.values.shift();
  }

  draw() {
    this.plot.setData([this.indexes, this.values]);
  }
}
