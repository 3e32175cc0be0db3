/**
 * A canvas as sharp as the screen.
 *
 * @module demo/web/lib/canvas
 */

/**
 * Makes the canvas as wide as its place, and empties it.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {number} height in units of the page, as all that is drawn
 * @returns {{ context: CanvasRenderingContext2D, width: number }}
 */
export function fitted(canvas, height) {
  const width = Math.max(240, canvas.clientWidth);
  const scale = Math.min(3, devicePixelRatio || 1);
  canvas.style.setProperty('height', `${height}px`);
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('this browser gives no canvas to draw on');
  context.scale(scale, scale);
  return { context, width };
}
