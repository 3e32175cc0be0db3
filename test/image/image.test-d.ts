/**
 * Types of images. tsc checks this file: nothing here runs.
 */
import {
  arrayOf,
  buildImage,
  type Image,
  type ImageArray,
  type ImageMap,
  type ImageMultiMap,
  type ImageSet,
  mapOf,
  multiMapOf,
  open,
  openBytes,
  setOf,
  struct,
  t,
} from '../../js/image/index.js';
import type { Heap } from '../../js/index.js';

/** Fails to compile unless both types are the same. */
type Same<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare function same<A, B>(yes: Same<A, B>): void;

declare const heap: Heap;
declare const image: Image;

class Package extends struct('Package', { name: t.string, size: t.u32, tags: t.list(t.string) }) {
  get label() {
    return `${this.name} ${this.size}`;
  }
}

// What is read is what the type says.
const packages = image.as(arrayOf(Package));
same<typeof packages, ImageArray<Package>>(true);
same<ReturnType<typeof packages.at>, Package | undefined>(true);
packages.at(0)?.label satisfies string | undefined;

const byName = image.get('byName', mapOf(t.string, Package));
same<typeof byName, ImageMap<string, Package>>(true);
byName.get('bash')?.size satisfies number | undefined;
for (const [name, { label }] of byName) [name, label] satisfies string[];

const bySection = image.as(multiMapOf(t.string, t.u32));
same<typeof bySection, ImageMultiMap<string, number, Uint32Array>>(true);
same<ReturnType<typeof bySection.get>, Uint32Array>(true);
const byTag = image.as(multiMapOf(t.string, Package));
byTag.get('a').at(0)?.label satisfies string | undefined;

const ids = image.as(setOf(t.u64));
same<typeof ids, ImageSet<number | bigint>>(true);
ids.has(5) satisfies boolean;
ids.indexOf(5n) satisfies number;

same<ReturnType<typeof image.get>, unknown>(true);

// What is built from is what the type says: structs may be objects with some of their fields.
arrayOf(Package).build([{ name: 'a', tags: ['x'] }], 'packages.qbi');
mapOf(t.string, t.u32).build(new Map([['a', 1]]), heap, { root: 'byName', duplicates: 'last' });
mapOf(t.u64, t.any).build([[5, 'x']]);
multiMapOf(t.string, t.u32).merge([bySection, [['a', 1]]]);
setOf(t.any).build([1, 'a', null]);
const built = await buildImage(undefined, { byName: mapOf(t.string, t.u8).from([['a', 1]]) });
built.bytes satisfies number;
built.counts.keys satisfies number;
(await open('packages.qbi', { heap, root: 'packages' })) satisfies Image;
openBytes(new ArrayBuffer(8), { writable: true }) satisfies Image;

// @ts-expect-error a key of another type
mapOf(t.string, t.u32).build([[1, 1]]);
// @ts-expect-error a value of another type
mapOf(t.string, t.u32).build([['a', '1']]);
// @ts-expect-error no field of that type
arrayOf(Package).build([{ name: 5 }]);
// @ts-expect-error pairs, not values
mapOf(t.string, t.u32).build([1]);
// @ts-expect-error asked for with a key of another type
byName.get(5);
// @ts-expect-error no such policy
mapOf(t.string, t.u32).build([], undefined, { duplicates: 'sum' });
