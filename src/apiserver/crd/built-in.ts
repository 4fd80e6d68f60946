import type { ResourceDefinition } from '#api/definition.ts';
import type { CompiledResource } from './compile.ts';

/**
 * What the server serves by itself, of which no definition may take anything away: neither a group version, where others
 * find all there is, nor a resource, whose objects are not its own.
 */
export class BuiltIn {
  readonly #groupVersions: ReadonlySet<string>;
  readonly #resources: ReadonlySet<string>;

  constructor(definitions: readonly ResourceDefinition[]) {
    const versionsOf = ({ group, versions }: ResourceDefinition) =>
      versions.map(({ version }) => `${group}/${version}`);
    this.#groupVersions = new Set(definitions.flatMap(versionsOf));
    this.#resources = new Set(definitions.map(({ group, resource }) => `${group}/${resource}`));
  }

  /** What is left to serve. */
  without({ definitions, types }: CompiledResource): CompiledResource {
    const isFree = (group: string, version: string) => !this.#groupVersions.has(`${group}/${version}`);
    return {
      definitions: definitions.filter(
        ({ group, resource, versions }) =>
          !this.#resources.has(`${group}/${resource}`) && isFree(group, versions[0]!.version),
      ),
      types: types.filter(({ kind: { group, version } }) => isFree(group, version)),
    };
  }
}
