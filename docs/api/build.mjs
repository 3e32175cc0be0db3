/**
 * The API reference, from the types of the package's entries.
 *
 *   node docs/api/build.mjs [--check]
 *
 * Writes build/docs; with --check it writes nothing. What is exported, or is part of what is exported, and has no
 * comment is an error, and so is a type that an exported name mentions and that has no export.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Application, Converter, ReflectionKind } from 'typedoc';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Types that signatures mention and nobody has to name. */
const UNNAMED = [
  ...['array', 'nested', 'oneOf', 'optional', 'ref'], // of t
  ...['packedTypes', 'FieldLiterals', 'AtomicFields', 'Field', 'Kind', 'Static'], // of structs
  ...[
    'StaticGetters',
    'StaticSetters',
    'StructInit',
    'StructView',
    'ValueOf',
    'StructClassLike',
    'MemoryTable',
  ],
  ...['Packable', 'EntriesOf', 'MergedOf', 'ViewOf', 'BufferOf'], // of images
  'heap/heap.d.ts:Heap', // of qbwasm/parts, which has it under the same name
];

/** Parts of types that say all by their names. */
const CLEAR = [
  'qbwasm.AttachOptions.type.__type.prototype',
  ...['dtype', 'shape', 'data'].map((name) => `qbwasm/image.NdArray.toJSON.__type.${name}`),
];

const isCheck = process.argv.includes('--check');

const app = await Application.bootstrap({
  name: 'qbwasm',
  entryPoints: entryPoints(),
  tsconfig: join(ROOT, 'docs/api/tsconfig.json'),
  basePath: ROOT,
  out: join(ROOT, 'build/docs'),
  readme: join(ROOT, 'README.md'),
  projectDocuments: [join(ROOT, 'docs/*.md')],
  disableSources: true,
  excludeInternal: true,
  excludePrivate: true,
  excludeProtected: true,
  hideGenerator: true,
  intentionallyNotExported: UNNAMED,
  intentionallyNotDocumented: CLEAR,
  logLevel: 'Warn',
  validation: { notDocumented: true, notExported: true, invalidLink: true },
  treatWarningsAsErrors: true,
  treatValidationWarningsAsErrors: true,
});
app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
  for (const reflection of project.getReflectionsByKind(ReflectionKind.ClassMember)) {
    if (isInternal(reflection)) project.removeReflection(reflection);
  }
});

const project = await app.convert();
if (project === undefined) process.exit(1);
app.validate(project);
if (!isCheck) await app.generateOutputs(project);
if (app.logger.hasErrors() || app.logger.hasWarnings()) process.exit(1);
if (!isCheck) console.log('build/docs/index.html');

/**
 * For other modules of the package: members that begin with _, what prints an object in Node's console, and
 * constructors that are not for users. Objects come from `heap.pool` and the like.
 *
 * @param {import('typedoc').Reflection} reflection
 */
function isInternal(reflection) {
  if (reflection.name.startsWith('_') || reflection.name === '[INSPECT]') return true;
  if (!reflection.isDeclaration() || reflection.kind !== ReflectionKind.Constructor) return false;
  const words = reflection.signatures?.[0].comment?.summary.map(({ text }) => text).join('') ?? '';
  return !reflection.parent?.kindOf(ReflectionKind.Interface) && /^(Not for users|$)/.test(words);
}

/** @returns {string[]} the declaration file of each entry that package.json exports */
function entryPoints() {
  const { exports } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  return Object.values(exports).flatMap(({ types }) =>
    types === undefined ? [] : [join(ROOT, types)],
  );
}
