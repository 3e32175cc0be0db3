import { inspect } from 'node:util';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LIMITS } from '../../js/base/generated/layout.js';
import { Heap, Pool, Schemas, struct, t } from '../../js/index.js';
import { contentOf, expectError, expectSound } from '../support/heap.js';
import { scene, THINGS } from '../support/schemas.js';
import { closeHeaps, openHeap } from '../support/struct.js';

/** @typedef {import('../support/schemas.js').AnyStruct} AnyStruct */

/** @type {Heap} */
let heap;
beforeEach(() => {
  heap = openHeap();
});

/** @type {Worker[]} */
const workers = [];
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.terminate()));
  closeHeaps();
});

/** @typedef {import('../support/schema.worker.js').Answers} Answers */

/**
 * @template {keyof Answers} J
 * @param {{ job: J, [argument: string]: unknown }} job of test/support/schema.worker.js
 * @returns {Promise<Answers[J]>}
 */
function ask(job) {
  const worker = new Worker(new URL('../support/schema.worker.js', import.meta.url), {
    workerData: { heap: heap.descriptor, ...job },
  });
  workers.push(worker);
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

/** Where a heap has the text of its schemas: the block that holds a piece of it. @param {string} piece */
function textBlock(piece) {
  const { u8 } = heap.memory.root;
  const address = Buffer.from(u8.buffer).indexOf(piece);
  expect(address).toBeGreaterThan(0);
  return address;
}

/** A scene with values everywhere. */
function makeScene() {
  const { Shape, Point } = scene();
  const first = new Shape();
  Object.assign(first, {
    id: 2n ** 60n,
    name: 'the first one',
    color: 'green',
    born: new Date(1e12),
    raw: new Uint8Array([1, 2]),
    extra: 7n,
    flag: true,
    next: new Shape(),
    mark: new Point({ x: 3, y: 4 }),
  });
  first.at.x = 1.5;
  first.sides.set([3, 4, 5]);
  return { Shape, Point, first };
}

describe('the schema of a class', () => {
  it('is stored by its first use in the heap, in blocks that nobody owns', () => {
    const { Shape } = scene();
    expect(heap.schemas.names()).toEqual([]);
    const before = contentOf(heap);
    const shape = new Shape();
    expect(heap.schemas.names()).toEqual(['Base', 'Point', 'Shape']);
    const after = contentOf(heap);
    expect(after.rootsLive).toBe(before.rootsLive + 1);
    expect(after.blocksShared).toBe(before.blocksShared + 1);
    Shape.free(shape);
    expect(contentOf(heap).blocksLive).toBe(after.blocksLive - 1);
    expect([...heap.roots]).toEqual([]);
    expectSound(heap);
  });

  it.each([
    ['new', (/** @type {AnyStruct} */ Type) => new Type()],
    ['Type.at', (/** @type {AnyStruct} */ Type) => Type.at(heap, heap.calloc(64))],
    ['Type.get', (/** @type {AnyStruct} */ Type) => Type.get],
    ['Type.set', (/** @type {AnyStruct} */ Type) => Type.set],
    ['a pool', (/** @type {AnyStruct} */ Type) => heap.pool(Type, { capacity: 2 })],
    [
      'arena.create',
      (/** @type {AnyStruct} */ Type) => heap.arena(Type, { ambient: false }).create(Type),
    ],
    ['schemas.add', (/** @type {AnyStruct} */ Type) => heap.schemas.add(Type)],
  ])('is stored by %s, and another one of that name is refused there', (_, use) => {
    use(THINGS.right.make());
    expect(heap.schemas.names()).toEqual(['Thing']);
    use(THINGS.right.make());
    const wrong = THINGS.type.make();
    const { blocksShared, rootsLive, poolsLive } = heap.stats();
    const error = expectError(() => use(wrong), 'SCHEMA');
    expect(error).toMatchObject({ struct: 'Thing', field: 'x' });
    expect(error.message).toMatch(/^Thing\.x: the heap has f32 at offset 0.*u32 at offset 0/);
    expectError(() => use(wrong), 'SCHEMA');
    expect(heap.schemas.names()).toEqual(['Thing']);
    expect(heap.stats()).toMatchObject({ blocksShared, rootsLive, poolsLive });
    expectSound(heap);
  });

  it('is described for tools', () => {
    const { Shape } = scene();
    heap.schemas.add(Shape);
    const shape = heap.schemas.get('Shape');
    expect(shape).toMatchObject({
      name: 'Shape',
      bytes: Shape.bytes,
      alignBytes: 8,
      parent: 'Base',
    });
    expect(shape?.fields.map(({ name, type }) => [name, type])).toEqual([
      ['id', 'u64'],
      ['name', 'string'],
      ['at', 'struct("Point")'],
      ['color', 'enum(["red","green"])'],
      ['born', 'date'],
      ['raw', 'bytes'],
      ['extra', 'any'],
      ['sides', 'array(u16, 3)'],
      ['note', 'optional(string)'],
      ['flag', 'bool'],
      ['next', 'ref("Shape")'],
      ['mark', 'ref("Point")'],
    ]);
    for (const field of shape?.fields ?? []) {
      const { offset, bytes } = Shape.fields[/** @type {'name'} */ (field.name)];
      expect(field).toMatchObject({ offset, bytes });
      expect(Object.isFrozen(field)).toBe(true);
    }
    expect(Object.isFrozen(shape) && Object.isFrozen(shape?.fields)).toBe(true);
    expect([...heap.schemas].map(([name, { bytes }]) => [name, bytes])).toEqual([
      ['Base', 8],
      ['Point', 16],
      ['Shape', Shape.bytes],
    ]);
    expect(heap.schemas.get('Nobody')).toBe(undefined);
  });

  it('holds in each heap by itself', () => {
    const Right = THINGS.right.make();
    const Wrong = THINGS.type.make();
    const other = openHeap();
    for (let i = 0; i < 3; i++) {
      heap.use();
      new Right();
      expectError(() => new Wrong(), 'SCHEMA');
      other.use();
      new Wrong();
      expectError(() => new Right(), 'SCHEMA');
    }
    expect([...heap.schemas].length + [...other.schemas].length).toBe(2);
  });

  it('goes by the struct, not by the class: subclasses share it', () => {
    class A extends THINGS.right.make() {}
    class B extends A {}
    new B();
    const { rootsLive } = heap.stats();
    new A();
    expect(heap.stats().rootsLive).toBe(rootsLive);
    expect(heap.schemas.names()).toEqual(['Thing']);
  });

  it('of a reference is checked when it is followed, if it was not known before', () => {
    const Late = struct('Late', { x: t.f64 });
    heap.schemas.add(Late);
    const User = struct('Late user', { late: t.ref(() => Wrong) });
    const user = new User(); // Wrong is not defined yet
    expect(heap.schemas.get('Late user')?.fields[0].type).toBe('ref(?)');
    const Wrong = struct('Late', { x: t.f32 });
    User.set.late(user.address, 4096);
    for (let i = 0; i < 2; i++) expectError(() => user.late, 'SCHEMA');
    expectError(() => Reflect.set(user, 'late', {}), 'SCHEMA');
  });
});

describe('another worker', () => {
  it('with an equal class reads and writes', async () => {
    const Thing = THINGS.right.make();
    const view = new Thing();
    Object.assign(view, { x: 1 });
    const { rootsLive } = heap.stats();
    const answers = await ask({ job: 'use', thing: 'right', address: view.address });
    expect(answers).toEqual([{ value: 1 }, { value: 0 }, { value: 6 }, { value: 4 }]);
    expect(Reflect.get(view, 'y')).toBe(2);
    expect(heap.stats().rootsLive).toBe(rootsLive);
  });

  it.each(Object.keys(THINGS).filter((name) => name !== 'right'))(
    'with another class (%s) gets an error that names the field, and nothing is written',
    async (thing) => {
      const view = new (THINGS.right.make())();
      const answers = await ask({ job: 'use', thing, address: view.address });
      const { field } = THINGS[thing];
      for (const answer of answers) {
        expect(answer).toMatchObject({ code: 'SCHEMA', struct: 'Thing', field, isUnchanged: true });
        expect(answer.message).toContain(
          field === '' ? 'Thing: the heap' : `Thing.${field}: the heap`,
        );
        expect(answer.message).toContain('Use one definition of Thing in all workers');
      }
      expect(Reflect.get(view, 'y')).toBe(0);
      expect(heap.schemas.names()).toEqual(['Thing']);
      expectSound(heap);
    },
  );

  it('prints any struct without its class', async () => {
    const { first } = makeScene();
    const { text, plain, names } = await ask({
      job: 'print',
      name: 'Shape',
      address: first.address,
    });
    expect(text).toBe(inspect(first, { depth: 5 }));
    expect(text).toContain('at: Point { x: 1.5, y: 0 }');
    expect(plain).toEqual(JSON.parse(JSON.stringify(first)));
    expect(names).toEqual(['Base', 'Point', 'Shape']);
  });

  it('that stores at the same time agrees in the end: each name once, one wins', async () => {
    const gate = new SharedArrayBuffer(8);
    const flags = new Int32Array(gate);
    const types = ['u8', 'i8', 'u8', 'i8'];
    const answers = types.map((type, i) => ask({ job: 'race', gate, type, first: (i & 1) * 3 }));
    while (Atomics.load(flags, 0) < types.length) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    Atomics.store(flags, 1, 1);
    Atomics.notify(flags, 1);
    const outcomes = await Promise.all(answers);
    const winner = heap.schemas.get('Race 7')?.fields[0].type;
    expect(['u8', 'i8']).toContain(winner);
    for (const [i, outcome] of outcomes.entries()) {
      for (let number = 0; number < 40; number++) {
        const isRight = number !== 7 || types[i] === winner;
        expect(outcome[number]).toMatchObject(isRight ? { value: true } : { code: 'SCHEMA' });
      }
    }
    expect(heap.schemas.names().sort()).toEqual(
      Array.from({ length: 40 }, (_, i) => `Race ${i}`).sort(),
    );
    expect(heap.stats()).toMatchObject({ rootsLive: 40, blocksShared: 40 });
    expectSound(heap);
  });

  it('that dies leaves its schemas', async () => {
    const answer = await ask({ job: 'use', thing: 'right', address: heap.calloc(64) });
    expect(answer[1]).toEqual({ value: 0 });
    await workers.splice(0)[0].terminate();
    for (const thread of heap.threads()) if (!thread.self) heap.reap(thread);
    expect(heap.schemas.names()).toEqual(['Thing']);
    expectError(() => heap.schemas.add(THINGS.enum.make()), 'SCHEMA');
    expectSound(heap);
  });
});

describe('a view without its class', () => {
  it('reads, writes, compares, iterates and prints in place', () => {
    const { first } = makeScene();
    const view = heap.schemas.at('Shape', first.address);
    expect(inspect(view, { depth: 5 })).toBe(inspect(first, { depth: 5 }));
    expect(view.toJSON()).toEqual(first.toJSON());
    expect([...view].map(([name]) => name)).toEqual([...first].map(([name]) => name));
    expect(view.address).toBe(first.address);
    view.name = 'another name';
    expect(first.name).toBe('another name');
    expect(() => Reflect.set(view, 'color', 'blue')).toThrow(RangeError);
    const next = /** @type {typeof view} */ (view.next);
    expect(next.equals(heap.schemas.at('Shape', next.address))).toBe(true);
    expect(view.equals(next)).toBe(false);
    expect(view.constructor).toBe(next.constructor);
  });

  it('does not make references by name ambiguous', () => {
    const Leaf = struct('Lonely', { x: t.f32 });
    const Branch = struct('Branch', { leaf: t.ref('Lonely') });
    const branch = new Branch({ leaf: new Leaf({ x: 2 }) });
    const shown = heap.schemas.at('Branch', branch.address);
    expect(shown.toJSON()).toEqual({ leaf: { x: 2 } });
    expect(branch.leaf).toBeInstanceOf(Leaf);
    expect(shown.leaf).not.toBeInstanceOf(Leaf);
  });

  it('is refused for an unknown name, a wrong address, and in a closed heap', () => {
    const { first } = makeScene();
    const { schemas } = heap;
    const error = expectError(() => schemas.at('Nobody', first.address), 'NOT_FOUND');
    expect(error.message).toContain('heap.schemas.names()');
    for (const wrong of [0, 3, -1, 2 ** 40, first.address + 4]) {
      expectError(() => schemas.at('Shape', wrong), 'ADDRESS');
    }
    for (const wrong of [null, undefined, 5, {}]) {
      expectError(() => schemas.at(/** @type {never} */ (wrong), first.address), 'TYPE');
      expectError(() => schemas.get(/** @type {never} */ (wrong)), 'TYPE');
      expectError(() => schemas.add(/** @type {never} */ (wrong)), 'TYPE');
    }
    expectError(() => new Schemas(/** @type {never} */ (null), heap), 'TYPE');
    heap.close();
    expectError(() => schemas.names(), 'CLOSED');
    expectError(() => schemas.at('Shape', first.address), 'CLOSED');
    expectError(() => schemas.add(scene().Shape), 'CLOSED');
    expectError(() => heap.schemas, 'CLOSED');
  });
});

describe('a saved heap', () => {
  it('keeps its schemas', () => {
    const { first } = makeScene();
    heap.roots.set('first', first.address);
    const plain = first.toJSON();
    const saved = heap.save();
    heap.close();
    heap = Heap.load(saved);
    expect(heap.schemas.names()).toEqual(['Base', 'Point', 'Shape']);
    expect(heap.schemas.at('Shape', first.address).toJSON()).toEqual(plain);
    const Wrong = struct('Point', { x: t.f64, y: t.f64, z: t.f64 });
    expect(expectError(() => new Wrong(), 'SCHEMA').message).toContain('Point.z');
    expect(scene().Shape.at(heap, first.address).toJSON()).toEqual(plain);
    heap.close();
  });
});

describe('the bytes of a schema', () => {
  /** What replaces the text of the only schema, and the error. @type {[string, string, string][]} */
  const HOSTILE = [
    ['no JSON', '{"v":1,"schemas":[{"name":', 'CORRUPT'],
    ['no UTF-8', '\xff', 'CORRUPT'],
    ['null', 'null', 'CORRUPT'],
    ['a number', '5', 'CORRUPT'],
    ['no version', '{"schemas":[]}', 'CORRUPT'],
    ['a later version', '{"v":2,"schemas":[]}', 'LAYOUT'],
    ['no list', '{"v":1,"schemas":{"length":1}}', 'CORRUPT'],
    ['no record', '{"v":1,"schemas":[null]}', 'CORRUPT'],
    ['no fields', '{"v":1,"schemas":[{"name":"A","bytes":1,"align":1,"parent":null}]}', 'CORRUPT'],
    ['deep nesting', `{"v":1,"schemas":${'['.repeat(5000)}`, 'CORRUPT'],
  ];
  const record = (/** @type {string} */ fields, bytes = 4, align = 4, parent = 'null') =>
    `{"v":1,"schemas":[{"name":"A","bytes":${bytes},"align":${align},"parent":${parent},"fields":[${fields}]}]}`;
  /** Those that show when the schema is used. @type {[string, string][]} */
  const HOSTILE_FIELDS = [
    ['an unknown type', record('["x","f16",0]')],
    ['a type that is a function of t', record('["x","ref",0]')],
    ['a type from the prototype', record('["x","constructor",0]')],
    ['a number as type', record('["x",7,0]')],
    ['a field __proto__', record('["__proto__","f32",0]')],
    ['a field constructor', record('["constructor","f32",0]')],
    ['a field twice', record('["x","f32",0],["x","f32",4]', 8)],
    ['other offsets', record('["x","f32",4]', 8)],
    ['another size', record('["x","f32",0]', 2 ** 31)],
    ['another alignment', record('["x","f32",0]', 4, 1)],
    ['an array without count', record('["x",["array","f32"],0]')],
    ['an array of strings', record('["x",["array","string",1],0]')],
    ['a huge array', record('["x",["array","u8",1e99],0]')],
    ['an enum without names', record('["x",["enum",[]],0]', 1, 1)],
    ['an enum of objects', record('["x",["enum",[{}]],0]', 1, 1)],
    ['an optional of an optional', record('["x",["optional",["optional","u8"]],0]')],
    [
      'optionals without end',
      record(`["x",${'["optional",'.repeat(500)}"u8"${']'.repeat(500)},0]`),
    ],
    ['a list of a type that is none', record('["x",["list","f16"],0]')],
    ['a set of nothing', record('["x",["set"],0]')],
    ['a dict without types', record('["x","dict",0]')],
    ['a tuple of numbers', record('["x",["tuple",1,2],0]')],
    ['an array of things', record('["x",["ndarray",{}],0]')],
    ['a list of references to nothing', record('["x",["list",["ref",""]],0]')],
    ['a list of functions of t', record('["x",["list","struct"],0]')],
    ['lists without end', record(`["x",${'["list",'.repeat(500)}"u8"${']'.repeat(500)},0]`)],
    ['itself in itself', record('["x",["struct","A"],0]')],
    ['itself as parent', record('["x","f32",0]', 4, 4, '"A"')],
    ['a parent that is not there', record('["x","f32",0]', 4, 4, '"B"')],
    ['a part that is not there', record('["x",["struct",{}],0]')],
  ];

  /** @param {string} text */
  function overwrite(text) {
    // Long enough for every text here.
    const Long = struct('A', { x: t.enum(Array.from({ length: 1200 }, (_, i) => `name ${i}`)) });
    heap.schemas.add(Long);
    const start = textBlock('{"v":1,"schemas":[{"name":"A"');
    const bytes = Buffer.from(text, text === '\xff' ? 'latin1' : 'utf8');
    heap.bytes(start - 4, 4 + bytes.length).set(bytes, 4);
    heap.memory.root.u32[(start - 4) >>> 2] = bytes.length;
    // An agent that has not read them yet: the loaded heap.
    const saved = heap.save();
    heap.close();
    heap = Heap.load(saved);
  }

  afterEach(() => {
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect(Reflect.get({}, 'x')).toBe(undefined);
    heap.close();
  });

  it.each(HOSTILE)('that are %s are refused', (_, text, code) => {
    overwrite(text);
    const { schemas } = heap;
    for (let i = 0; i < 2; i++) {
      expectError(() => schemas.names(), code);
      expectError(() => schemas.at('A', 4096), code);
      expectError(() => new (struct('B', { x: t.f32 }))(), code);
    }
  });

  it.each(HOSTILE_FIELDS)('with %s are refused', (_, text) => {
    overwrite(text);
    const { schemas } = heap;
    expect(schemas.names()).toEqual(['A']);
    for (let i = 0; i < 2; i++) {
      expectError(() => schemas.get('A'), 'CORRUPT');
      expectError(() => schemas.at('A', 65536), 'CORRUPT');
      expectError(() => schemas.add(struct('A', { x: t.f32, y: t.f32, z: t.i8 })), 'SCHEMA');
    }
  });

  it('with a length that leaves their block are refused', () => {
    for (const length of [2 ** 32 - 1, 2 ** 20, 2 ** 16]) {
      heap = openHeap();
      heap.schemas.add(struct('A', { x: t.f32 }));
      const start = textBlock('{"v":1,"schemas":[{"name":"A"');
      heap.memory.root.u32[(start - 4) >>> 2] = length;
      const saved = heap.save();
      heap = Heap.load(saved);
      expectError(() => heap.schemas.names(), 'CORRUPT');
    }
  });

  it('that were freed are refused', () => {
    heap.schemas.add(struct('A', { x: t.f32 }));
    heap.free(textBlock('{"v":1,"schemas":[{"name":"A"') - 4);
    const saved = heap.save();
    heap = Heap.load(saved);
    expectError(() => heap.schemas.names(), 'CORRUPT');
  });
});

describe('the directory', () => {
  it('is no business of heap.roots', () => {
    heap.schemas.add(THINGS.right.make());
    for (const name of ['\0qb:', '\0qb:schema 0', '\0qb:schema 1', '\0qb:x']) {
      expectError(() => heap.roots.set(name, 5000), 'NAME');
      expectError(() => heap.roots.set(name, 5000, { replace: true }), 'NAME');
      expectError(() => heap.roots.get(name), 'NAME');
      expectError(() => heap.roots.has(name), 'NAME');
      expectError(() => heap.roots.delete(name), 'NAME');
    }
    expect([...heap.roots]).toEqual([]);
    expect(heap.schemas.names()).toEqual(['Thing']);
  });

  it('leaves all as it was when there is no memory for it', () => {
    const names = Array.from({ length: 30000 }, (_, i) => `a rather long name of an enum ${i}`);
    const Long = struct('Long', { x: t.enum(names), y: t.struct(struct('Part', { z: t.f32 })) });
    const small = openHeap({ maximum: 2 ** 21 });
    const filler = small.alloc(2 ** 19);
    const before = contentOf(small);
    for (let i = 0; i < 3; i++) {
      const error = expectError(() => new Long(), 'OUT_OF_MEMORY');
      expect(error.message).toContain('maximum');
      expect(contentOf(small)).toEqual(before);
      expect(small.schemas.names()).toEqual([]);
    }
    small.free(filler);
    const Short = struct('Short', { x: t.f32 });
    new Short();
    expect(small.schemas.names()).toEqual(['Short']);
    expectSound(small);
  });

  it('leaves all as it was when there is no root for it', () => {
    for (let i = 0; i < LIMITS.ROOTS_MAX; i++) heap.roots.set(`root ${i}`, 1);
    const before = contentOf(heap);
    const error = expectError(() => new (THINGS.right.make())(), 'ROOTS_FULL');
    expect(error.message).toContain('the schema of Thing cannot be stored');
    expect(contentOf(heap)).toEqual(before);
    expect(heap.schemas.names()).toEqual([]);
    expectSound(heap);
  });

  it('holds 200 schemas, of all sizes', async () => {
    const sizes = Array.from({ length: 200 }, (_, i) => i);
    const make = (/** @type {number} */ i) =>
      struct(`Sized ${i}`, Object.fromEntries(sizes.slice(0, i).map((k) => [`f${k}`, t.f64])));
    for (const i of sizes) heap.schemas.add(make(i));
    for (const i of sizes) heap.schemas.add(make(i));
    expect(heap.schemas.names()).toEqual(sizes.map((i) => `Sized ${i}`));
    for (const [name, { bytes, fields }] of heap.schemas) {
      expect([name, bytes]).toEqual([`Sized ${fields.length}`, Math.max(8 * fields.length, 1)]);
    }
    const { names } = await ask({ job: 'print', name: 'Sized 3', address: heap.calloc(24) });
    expect(names.length).toBe(200);
    expectSound(heap);
  });

  it('takes any name that a struct or field can have', () => {
    const names = [
      'é',
      '\u{1f600}',
      '\ud83d',
      '__proto__',
      'toString',
      '"\\\n',
      '\0',
      'x'.repeat(255),
      'ж'.repeat(255),
    ];
    for (const name of names) {
      const fields = Object.fromEntries([
        [name === '__proto__' ? 'then' : `f${name}`.slice(0, 255), t.u8],
      ]);
      const view = new (struct(name, fields))();
      expect(heap.schemas.at(name, view.address).toJSON()).toEqual(view.toJSON());
    }
    expect(heap.schemas.names()).toEqual(names);
    const saved = heap.save();
    heap.close();
    heap = Heap.load(saved);
    expect(heap.schemas.names()).toEqual(names);
    expect(heap.schemas.get('__proto__')?.fields[0].name).toBe('then');
    heap.close();
  });

  it('shows where long enums differ', () => {
    const names = Array.from({ length: 500 }, (_, i) => `name ${i}`);
    heap.schemas.add(struct('Long', { x: t.enum(names) }));
    const others = names.with(300, 'other');
    const error = expectError(() => new (struct('Long', { x: t.enum(others) }))(), 'SCHEMA');
    expect(error.message).toMatch(/has \.\.\..*"name 300".*has \.\.\..*"other"/);
    expect(error.message.length).toBeLessThan(400);
  });

  it('tells a pool whether it was opened for that struct', () => {
    const Item = struct('Item of the pool', { x: t.f32 });
    const Same = struct('Same as the item', { x: t.f32 });
    const pool = heap.pool(Item, { capacity: 2 });
    const { descriptor } = pool;
    pool.detach();
    expectError(() => Pool.attach(heap, descriptor, { type: Same }), 'TYPE');
    const Other = struct('Item of the pool', { x: t.f64 });
    expectError(() => Pool.attach(heap, descriptor, { type: Other }), 'SCHEMA');
    const again = Pool.attach(heap, descriptor, { type: Item });
    again.acquire();
    again.close();
  });

  it('outlives the thread that made it', () => {
    heap.schemas.add(THINGS.right.make());
    const { descriptor } = heap;
    heap.close();
    heap = Heap.attach(descriptor);
    expect(heap.schemas.names()).toEqual(['Thing']);
    heap.close();
  });
});
