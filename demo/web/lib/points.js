/**
 * Draws particles as points: WebGL, straight from the bytes they stand in; where there is no WebGL, one pixel each.
 *
 * @module demo/web/lib/points
 */
import { WORLD } from '../swarm/particle.js';

const VERTEX = `
attribute vec2 place;
attribute vec2 speed;
uniform float size;
varying vec3 tint;
void main() {
  gl_Position = vec4(place.x / ${WORLD.width}.0 * 2.0 - 1.0, 1.0 - place.y / ${WORLD.height}.0 * 2.0, 0.0, 1.0);
  gl_PointSize = size;
  float turn = atan(speed.y, speed.x);
  tint = 0.55 + 0.45 * cos(turn + vec3(0.0, 2.1, 4.2));
}`;
const FRAGMENT = `
precision mediump float;
varying vec3 tint;
uniform float light;
void main() { gl_FragColor = vec4(tint * light, 1.0); }`;

/** Share of the canvas that points cover when they are spread evenly. */
const COVERED = 0.3;
const SIZE_MAX = 2.5;
const LIGHT_MAX = 0.9;
const LIGHT_MIN = 0.12;

/** @typedef {{ draw: (bytes: Uint8Array, step: number, count: number) => void, name: string }} Points */

/**
 * @param {HTMLCanvasElement} canvas
 * @returns {Points}
 */
export function pointsOn(canvas) {
  const gl = canvas.getContext('webgl', { antialias: false, powerPreference: 'high-performance' });
  return gl === null ? pixels(canvas) : webgl(canvas, gl);
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {WebGLRenderingContext} gl
 * @returns {Points}
 */
function webgl(canvas, gl) {
  const program = /** @type {WebGLProgram} */ (gl.createProgram());
  for (const [kind, source] of /** @type {const} */ ([
    [gl.VERTEX_SHADER, VERTEX],
    [gl.FRAGMENT_SHADER, FRAGMENT],
  ])) {
    const shader = /** @type {WebGLShader} */ (gl.createShader(kind));
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS)) {
      throw new Error(`the shader: ${gl.getShaderInfoLog(shader)}`);
    }
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  gl.useProgram(program);
  const place = gl.getAttribLocation(program, 'place');
  const speed = gl.getAttribLocation(program, 'speed');
  const size = gl.getUniformLocation(program, 'size');
  const light = gl.getUniformLocation(program, 'light');
  gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
  gl.enableVertexAttribArray(place);
  gl.enableVertexAttribArray(speed);
  gl.clearColor(0.05, 0.08, 0.1, 1);
  gl.enable(gl.BLEND);
  gl.blendFunc(gl.ONE, gl.ONE);
  let length = 0;
  /** Where WebGL refuses shared bytes: a private copy. @type {Uint8Array | null} */
  let copy = null;
  const upload = (/** @type {Uint8Array} */ bytes) => gl.bufferSubData(gl.ARRAY_BUFFER, 0, bytes);
  return {
    name: 'WebGL',
    draw(bytes, step, count) {
      if (bytes.length !== length) {
        length = bytes.length;
        copy = null;
        gl.bufferData(gl.ARRAY_BUFFER, length, gl.STREAM_DRAW);
      }
      try {
        if (copy === null) upload(bytes);
      } catch {
        copy = new Uint8Array(length);
      }
      if (copy !== null) {
        copy.set(bytes);
        upload(copy);
      }
      gl.vertexAttribPointer(place, 2, gl.FLOAT, false, step, 0);
      gl.vertexAttribPointer(speed, 2, gl.FLOAT, false, step, 8);
      gl.viewport(0, 0, canvas.width, canvas.height);
      const look = lookOf(canvas, count);
      gl.uniform1f(size, look.size);
      gl.uniform1f(light, look.light);
      gl.clear(gl.COLOR_BUFFER_BIT);
      gl.drawArrays(gl.POINTS, 0, count);
    },
  };
}

/**
 * How large and how bright points are, so that neither few nor many of them fill a canvas with white.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {number} count
 */
function lookOf(canvas, count) {
  const scale = canvas.width / Math.max(1, canvas.clientWidth);
  const area = (canvas.width * canvas.height) / count;
  const size = Math.min(SIZE_MAX * scale, Math.max(1, Math.sqrt(COVERED * area)));
  const light = Math.min(LIGHT_MAX, Math.max(LIGHT_MIN, (LIGHT_MAX * COVERED * area) / size ** 2));
  return { size, light };
}

/**
 * @param {HTMLCanvasElement} canvas
 * @returns {Points}
 */
function pixels(canvas) {
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('this browser draws neither with WebGL nor on a canvas');
  return {
    name: '2D canvas',
    draw(bytes, step, count) {
      const { width, height } = canvas;
      const image = context.createImageData(width, height);
      const colours = new Uint32Array(image.data.buffer).fill(0xff1a140d);
      const floats = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 2);
      for (let i = 0, at = 0; i < count; i++, at += step >>> 2) {
        const x = ((floats[at] * width) / WORLD.width) | 0;
        const y = ((floats[at + 1] * height) / WORLD.height) | 0;
        colours[y * width + x] = 0xffe0c870;
      }
      context.putImageData(image, 0, 0);
    },
  };
}
