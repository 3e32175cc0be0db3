/**
 * Reads a wasm binary: enough to say what the core imports, exports, holds and calls.
 *
 * Knows the MVP, sign extension, saturating conversions, bulk memory and threads. An opcode that it
 * does not know is an error, so a binary with a new feature cannot pass unread.
 *
 * @module
 */

/** @typedef {{params: string[], results: string[]}} FunctionType */
/** @typedef {{min: number, max: number | undefined, shared: boolean}} Limits */
/** @typedef {{module: string, name: string, kind: string, type?: number, limits?: Limits}} Import */
/** @typedef {{name: string, kind: string, index: number}} Export */
/** @typedef {{type: string, mutable: boolean}} Global */
/**
 * @typedef {object} Body
 * @property {number[]} calls     function indices
 * @property {number[]} globals   indices of globals that it sets
 * @property {string[]} features  'wait', 'notify', 'call_indirect'
 */
/**
 * @typedef {object} WasmModule
 * @property {FunctionType[]} types
 * @property {Import[]} imports
 * @property {number[]} functionTypes  type index of each function, imported ones first
 * @property {Global[]} globals
 * @property {Export[]} exports
 * @property {number | undefined} start
 * @property {number} tableCount
 * @property {number} elementCount
 * @property {number} dataCount
 * @property {number} memoryCount      memories that the module defines itself
 * @property {string[]} customSections
 * @property {Body[]} bodies           of the functions that are not imported
 * @property {number} importedFunctionCount
 */

const KINDS = ['func', 'table', 'memory', 'global'];
/** @type {Record<number, string>} */
const VALUE_TYPES = { 127: 'i32', 126: 'i64', 125: 'f32', 124: 'f64', 112: 'funcref' };

const decoder = new TextDecoder();

/** A cursor over private bytes. */
class Reader {
  /** @param {Uint8Array} bytes */
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }
  get done() {
    return this.at >= this.bytes.length;
  }
  byte() {
    if (this.done) {
      throw new RangeError(`the binary ends at byte ${this.at}, within an item`);
    }
    return /** @type {number} */ (this.bytes[this.at++]);
  }
  /** Unsigned LEB128. A signed one may be skipped with it too. */
  leb() {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.byte();
      value += (byte & 127) * scale;
      if (byte < 128) {
        return value;
      }
      scale *= 128;
    }
  }
  /** @param {number} length */
  take(length) {
    const part = this.bytes.subarray(this.at, this.at + length);
    this.at += length;
    return part;
  }
  text() {
    return decoder.decode(this.take(this.leb()));
  }
  /**
   * @template T
   * @param {() => T} read
   * @returns {T[]}
   */
  list(read) {
    return Array.from({ length: this.leb() }, read);
  }
}

/**
 * @param {Uint8Array} bytes private bytes of a binary
 * @returns {WasmModule}
 */
export function readWasm(bytes) {
  const reader = new Reader(bytes);
  const magic = [...reader.take(8)].join(' ');
  if (magic !== '0 97 115 109 1 0 0 0') {
    throw new TypeError(`not a wasm binary of version 1: it begins with ${magic}`);
  }
  /** @type {WasmModule} */
  const module = {
    types: [],
    imports: [],
    functionTypes: [],
    globals: [],
    exports: [],
    start: undefined,
    tableCount: 0,
    elementCount: 0,
    dataCount: 0,
    memoryCount: 0,
    customSections: [],
    bodies: [],
    importedFunctionCount: 0,
  };
  while (!reader.done) {
    const id = reader.byte();
    readSection(module, id, new Reader(reader.take(reader.leb())));
  }
  return module;
}

/**
 * Every feature that can be met from a function, calls included.
 *
 * @param {WasmModule} module
 * @param {number} functionIndex
 * @returns {Set<string>}
 */
export function reachableFeatures(module, functionIndex) {
  const features = /** @type {Set<string>} */ (new Set());
  const seen = new Set([functionIndex]);
  for (const index of seen) {
    const body = module.bodies[index - module.importedFunctionCount];
    for (const feature of body?.features ?? []) {
      features.add(feature);
    }
    for (const callee of body?.calls ?? []) {
      seen.add(callee); // a Set iterates over what is added on the way
    }
  }
  return features;
}

/**
 * One line for each import and export, sorted: the surface of the binary.
 *
 * @param {WasmModule} module
 * @returns {string[]}
 */
export function describeSurface(module) {
  /** @param {number} typeIndex */
  const signature = (typeIndex) => {
    const type = /** @type {FunctionType} */ (module.types[typeIndex]);
    return `(${type.params.join(' ')}) -> (${type.results.join(' ')})`;
  };
  const imports = module.imports.map(({ module: from, name, kind, type, limits }) => {
    const shared = limits?.shared ? ' shared' : '';
    const detail = type === undefined ? `max ${limits?.max} pages${shared}` : signature(type);
    return `import ${kind} ${from}.${name} ${detail}`;
  });
  const exports = module.exports.map(({ kind, name, index }) => {
    const type = module.functionTypes[index];
    return `export ${kind} ${name}${kind === 'func' && type !== undefined ? ` ${signature(type)}` : ''}`;
  });
  return [...imports.sort(), ...exports.sort()];
}

/**
 * @param {WasmModule} module
 * @param {number} id
 * @param {Reader} section
 */
function readSection(module, id, section) {
  switch (id) {
    case 0:
      module.customSections.push(section.text());
      return;
    case 1:
      module.types = section.list(() => {
        section.byte(); // 0x60
        return { params: readValueTypes(section), results: readValueTypes(section) };
      });
      return;
    case 2:
      module.imports = section.list(() => readImport(section));
      for (const { kind, type } of module.imports) {
        if (kind === 'func' && type !== undefined) {
          module.functionTypes.push(type);
          module.importedFunctionCount++;
        }
      }
      return;
    case 3:
      module.functionTypes.push(...section.list(() => section.leb()));
      return;
    case 4:
      module.tableCount = section.leb();
      return;
    case 5:
      module.memoryCount = section.leb();
      return;
    case 6:
      module.globals = section.list(() => {
        const global = readGlobalType(section);
        readExpression(section);
        return global;
      });
      return;
    case 7:
      module.exports = section.list(() => ({
        name: section.text(),
        kind: kindOf(section.byte()),
        index: section.leb(),
      }));
      return;
    case 8:
      module.start = section.leb();
      return;
    case 9:
      module.elementCount = section.leb();
      return;
    case 10:
      module.bodies = section.list(() => readBody(new Reader(section.take(section.leb()))));
      return;
    case 11:
    case 12:
      module.dataCount = section.leb();
      return;
    default:
      throw new TypeError(`unknown section ${id}`);
  }
}

/** @param {number} byte */
function kindOf(byte) {
  const kind = KINDS[byte];
  if (kind === undefined) {
    throw new TypeError(`unknown kind ${byte} of import or export`);
  }
  return kind;
}

/** @param {Reader} reader */
function readValueTypes(reader) {
  return reader.list(() => readValueType(reader));
}

/** @param {Reader} reader */
function readValueType(reader) {
  const byte = reader.byte();
  const type = VALUE_TYPES[byte];
  if (type === undefined) {
    throw new TypeError(`unknown value type ${byte}`);
  }
  return type;
}

/** @param {Reader} reader */
function readGlobalType(reader) {
  return { type: readValueType(reader), mutable: reader.byte() === 1 };
}

/**
 * @param {Reader} reader
 * @returns {Limits}
 */
function readLimits(reader) {
  const flags = reader.byte();
  return {
    min: reader.leb(),
    max: flags & 1 ? reader.leb() : undefined,
    shared: (flags & 2) !== 0,
  };
}

/**
 * @param {Reader} reader
 * @returns {Import}
 */
function readImport(reader) {
  const module = reader.text();
  const name = reader.text();
  const kind = kindOf(reader.byte());
  switch (kind) {
    case 'func':
      return { module, name, kind, type: reader.leb() };
    case 'memory':
      return { module, name, kind, limits: readLimits(reader) };
    case 'table':
      reader.byte();
      return { module, name, kind, limits: readLimits(reader) };
    default:
      readGlobalType(reader);
      return { module, name, kind };
  }
}

/**
 * @param {Reader} reader one function
 * @returns {Body}
 */
function readBody(reader) {
  reader.list(() => [reader.leb(), readValueType(reader)]); // locals
  const body = readExpression(reader);
  if (!reader.done) {
    throw new RangeError('a function goes on behind its end');
  }
  return body;
}

/**
 * Instructions up to the `end` that closes the expression.
 *
 * @param {Reader} reader
 * @returns {Body}
 */
function readExpression(reader) {
  /** @type {Body} */
  const body = { calls: [], globals: [], features: [] };
  for (let depth = 1; depth > 0; ) {
    const opcode = reader.byte();
    if (opcode === 0x0b) {
      depth--;
    } else if (opcode >= 0x02 && opcode <= 0x04) {
      reader.leb(); // block, loop, if: their type
      depth++;
    } else if (opcode === 0x10) {
      body.calls.push(reader.leb());
    } else if (opcode === 0x24) {
      body.globals.push(reader.leb());
    } else if (opcode === 0x11) {
      body.features.push('call_indirect');
      skip(reader, 2);
    } else if (opcode === 0xfc) {
      skipBulk(reader);
    } else if (opcode === 0xfe) {
      readAtomic(reader, body);
    } else {
      skipImmediates(reader, opcode);
    }
  }
  return body;
}

/**
 * @param {Reader} reader
 * @param {number} count of LEB128 numbers
 */
function skip(reader, count) {
  for (let i = 0; i < count; i++) {
    reader.leb();
  }
}

/**
 * @param {Reader} reader
 * @param {number} opcode one byte, MVP or sign extension
 */
function skipImmediates(reader, opcode) {
  if (opcode === 0x0e) {
    reader.list(() => reader.leb()); // br_table: the labels and the default
    reader.leb();
  } else if (opcode === 0x0c || opcode === 0x0d || (opcode >= 0x20 && opcode <= 0x23)) {
    reader.leb(); // br, br_if, locals, global.get
  } else if (opcode >= 0x28 && opcode <= 0x3e) {
    skip(reader, 2); // loads and stores: alignment, offset
  } else if (opcode >= 0x3f && opcode <= 0x42) {
    reader.leb(); // memory.size, memory.grow, i32.const, i64.const
  } else if (opcode === 0x43 || opcode === 0x44) {
    reader.take(opcode === 0x43 ? 4 : 8); // f32.const, f64.const
  } else if (!(opcode <= 0x01 || opcode === 0x05 || opcode === 0x0f)) {
    const plain = opcode === 0x1a || opcode === 0x1b || (opcode >= 0x45 && opcode <= 0xc4);
    if (!plain) {
      throw new TypeError(`unknown opcode 0x${opcode.toString(16)}`);
    }
  }
}

/** @param {Reader} reader */
function skipBulk(reader) {
  const opcode = reader.leb();
  if (opcode <= 7) {
    return; // saturating conversions
  }
  const immediateCount = [2, 1, 2, 1][opcode - 8]; // memory.init, data.drop, memory.copy, memory.fill
  if (immediateCount === undefined) {
    throw new TypeError(`unknown opcode 0xfc ${opcode}`);
  }
  skip(reader, immediateCount);
}

/**
 * @param {Reader} reader
 * @param {Body} body
 */
function readAtomic(reader, body) {
  const opcode = reader.leb();
  if (opcode === 0x03) {
    reader.byte(); // fence
    return;
  }
  if (opcode > 0x4e || (opcode > 0x02 && opcode < 0x10)) {
    throw new TypeError(`unknown opcode 0xfe 0x${opcode.toString(16)}`);
  }
  if (opcode <= 0x02) {
    body.features.push(opcode === 0x00 ? 'notify' : 'wait');
  }
  skip(reader, 2);
}
