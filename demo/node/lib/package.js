/**
 * Packages of Debian: as a struct, as an image with three indexes, and as plain objects with three Maps.
 *
 *     packages      array of Package
 *     byName        name        -> its place in packages
 *     bySection     section     -> places of the packages in it
 *     byDependency  name        -> places of the packages that depend on it
 *
 * @module demo/lib/package
 */
import { arrayOf, buildImage, mapOf, multiMapOf, struct, t } from '../../../js/image/index.js';
import { namesIn, stanzas } from './control.js';

export class Package extends struct('Package', {
  name: t.string,
  version: t.string,
  section: t.string,
  summary: t.string,
  /** KiB. */
  size: t.u32,
  depends: t.list(t.string),
}) {}

export const Packages = arrayOf(Package);
export const ByName = mapOf(t.string, t.u32);
export const Places = multiMapOf(t.string, t.u32);

/** @typedef {import('../../../js/image/index.js').Image} Image */
/** @typedef {{ name: string, version: string, section: string, summary: string, size: number, depends: string[] }} PlainPackage */

/**
 * @param {string} text of a status or Packages file
 * @returns {PlainPackage[]} the first of each name, which is that of the first architecture
 */
export function readPackages(text) {
  /** @type {Map<string, PlainPackage>} */
  const packages = new Map();
  for (const fields of stanzas(text)) {
    const field = (/** @type {string} */ name) => fields.get(name) ?? '';
    const name = field('package');
    if (name === '' || packages.has(name)) continue;
    packages.set(name, {
      name,
      version: field('version'),
      section: field('section'),
      summary: field('description').split('\n', 1)[0],
      size: Number(field('installed-size')) || 0,
      depends: namesIn(`${field('pre-depends')},${field('depends')}`),
    });
  }
  return [...packages.values()];
}

/**
 * Entries of the multi-maps.
 *
 * @param {readonly PlainPackage[]} packages
 */
function* sections(packages) {
  for (const [i, { section }] of packages.entries()) yield/** @type {const} */ ([section, i]);
}

/** @param {readonly PlainPackage[]} packages */
function* dependencies(packages) {
  for (const [i, { depends }] of packages.entries()) {
    for (const name of depends) yield/** @type {const} */ ([name, i]);
  }
}

/**
 * Writes the image.
 *
 * @param {readonly PlainPackage[]} packages
 * @param {string} path
 */
export function buildPackages(packages, path) {
  return buildImage(path, {
    packages: Packages.from(packages),
    byName: ByName.from(packages.map(({ name }, i) => [name, i])),
    bySection: Places.from(sections(packages)),
    byDependency: Places.from(dependencies(packages)),
  });
}

/**
 * What can be asked, whoever answers.
 *
 * @typedef {object} Catalogue
 * @property {(name: string) => { version: string, size: number } | undefined} find
 * @property {(name: string) => ArrayLike<number>} dependants places of the packages that depend on one
 * @property {(name: string) => number} dependantCount
 * @property {(section: string) => ArrayLike<number>} inSection
 * @property {(place: number) => string} nameAt
 */

/**
 * Answers from an image, in place.
 *
 * @param {Image} image
 * @returns {Catalogue}
 */
export function imageCatalogue(image) {
  const packages = image.get('packages', Packages);
  const byName = image.get('byName', ByName);
  const bySection = image.get('bySection', Places);
  const byDependency = image.get('byDependency', Places);
  return {
    find(name) {
      const place = byName.get(name);
      return place === undefined ? undefined : packages.at(place);
    },
    dependants: (name) => byDependency.get(name),
    dependantCount: (name) => byDependency.count(name),
    inSection: (section) => bySection.get(section),
    nameAt: (place) => packages.at(place)?.name ?? '',
  };
}

/**
 * Answers from plain objects: what each worker would have of its own.
 *
 * @param {readonly PlainPackage[]} packages
 * @returns {Catalogue}
 */
export function mapCatalogue(packages) {
  const byName = new Map(packages.map((one) => [one.name, one]));
  const bySection = grouped(sections(packages));
  const byDependency = grouped(dependencies(packages));
  return {
    find: (name) => byName.get(name),
    dependants: (name) => byDependency.get(name) ?? [],
    dependantCount: (name) => byDependency.get(name)?.length ?? 0,
    inSection: (section) => bySection.get(section) ?? [],
    nameAt: (place) => packages[place].name,
  };
}

/** @param {Iterable<readonly [string, number]>} entries */
function grouped(entries) {
  /** @type {Map<string, number[]>} */
  const groups = new Map();
  for (const [key, place] of entries) {
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [place]);
    else group.push(place);
  }
  return groups;
}
