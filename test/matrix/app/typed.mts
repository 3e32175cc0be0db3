/**
 * What TypeScript makes of the package: compiled, not run.
 *
 * @module
 */
import { Channel, type Heap as HeapType, Heap, Pool, struct, t } from 'qbwasm';
import { arrayOf, buildImage, mapOf, open, type PackedDict, pack, unpack, view } from 'qbwasm/image';
import { attach } from 'qbwasm/worker';

class Row extends struct('Row', {
  name: t.string,
  value: t.f64,
  hits: t.u32,
  kind: t.enum(['debit', 'credit']),
  next: t.ref('Row'),
  rate: t.optional(t.i8),
  at: t.date,
  digest: t.array(t.u8, 16),
}) {
  twice(): number {
    return this.value * 2;
  }
}

const heap: HeapType = Heap.create();
const other: HeapType = attach(heap.descriptor);
const rows = heap.pool(Row, { capacity: 10 });
const row = rows.acquire();
row.kind = 'credit';
row.next = null;
row.rate = undefined;
row.digest[0] = 1;
// @ts-expect-error: no such kind
row.kind = 'other';
// @ts-expect-error: no such field
row.missing = 1;
const handle: number = rows.handle(row);
const hits: number = Row.atomic.hits.add(row, 1);

const channel = heap.channel({ capacity: 4, of: rows });
await channel.sendAsync(row);
const received: Row = await channel.receiveAsync();
const attached = Pool.attach(other, rows.descriptor, { type: Row });
const twice: number = attached.at(handle).twice() + received.twice();
const messages = Channel.attach(other, channel.descriptor);
const sum: number = heap.arena(Row).run(() => new Row({ name: 'ada' }).value);

const Rows = arrayOf(Row);
const ByName = mapOf(t.string, t.u32);
const { buffer } = await buildImage(undefined, {
  rows: Rows.from([{ name: 'ada', value: 1 }]),
  byName: ByName.from([['ada', 0]]),
});
const image = await open(buffer);
const place: number | undefined = image.get('byName', ByName).get('ada');
const file: null = (await Rows.build([], 'rows.qbi')).buffer;
const size: number = view<PackedDict>(pack({ name: 'ada' })).size;
const name: string = unpack<{ name: string }>(pack({ name: 'ada' })).name;

export { file, hits, messages, name, place, size, sum, twice };
