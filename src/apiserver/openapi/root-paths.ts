import type { ServedGroupVersion } from '../discovery/order.ts';
import type { ObjectSchema } from '#machinery/schema.ts';
import { type Operation, type PathOperations, groupVersionName, objectTypes, tagOf } from './operations.ts';

/** A path that is no group version's, with the name of its document in version 3. */
export interface RootPath {
  readonly name: string;
  readonly path: PathOperations;
}

const required = ['major', 'minor', 'gitVersion', 'gitCommit', 'gitTreeState', 'buildDate', 'goVersion'];
const alsoRequired = ['compiler', 'platform'];
const optional = ['emulationMajor', 'emulationMinor', 'minCompatibilityMajor', 'minCompatibilityMinor'];

/** What /version answers (apimachinery pkg/version). */
export const versionInfoSchema: ObjectSchema = {
  type: 'object',
  name: 'io.k8s.apimachinery.pkg.version.Info',
  native: true,
  fields: new Map(
    [...required, ...alsoRequired, ...optional].map(name => {
      const isOptional = optional.includes(name);
      return [name, { name, schema: { type: 'string' }, required: !isOptional, omitEmpty: isOptional }];
    }),
  ),
};

function root(
  name: string,
  tag: string,
  id: string,
  description: string,
  answer: Operation['answer'],
  types: Pick<Operation, 'consumes' | 'produces'> = { consumes: objectTypes },
): RootPath {
  const operation: Operation = {
    method: 'get',
    id,
    description,
    parameters: [],
    body: undefined,
    answer,
    ...types,
    codes: [200],
  };
  return { name, path: { path: `/${name}/`, operations: [operation], tag } };
}

/** Discovery of groups and versions, the server's version, and what verifiers of tokens read. */
export function rootPaths(versions: readonly ServedGroupVersion[]): RootPath[] {
  const groups = [...new Set(versions.map(({ group }) => group))].filter(group => group !== '');
  const issuer = 'getServiceAccountIssuerOpenID';
  return [
    root(
      '.well-known/openid-configuration',
      'WellKnown',
      `${issuer}Configuration`,
      'tells who issues the tokens of service accounts',
      'text',
      { consumes: [], produces: ['application/json'] },
    ),
    root('api', 'core', 'getCoreAPIVersions', 'tells the versions of the core group', 'APIVersions'),
    root('apis', 'apis', 'getAPIVersions', 'tells the groups', 'APIGroupList'),
    ...groups.map(group =>
      root(
        `apis/${group}`,
        tagOf(group, ''),
        `get${groupVersionName(group, '')}APIGroup`,
        'tells the versions of this group',
        'APIGroup',
      ),
    ),
    root(
      'openid/v1/jwks',
      'openid',
      `${issuer}Keyset`,
      'tells the keys that tokens of service accounts are signed with',
      'text',
      { consumes: [], produces: ['application/jwk-set+json'] },
    ),
    root('version', 'version', 'getCodeVersion', 'tells what the server is', 'version', {
      consumes: ['application/json'],
      produces: ['application/json'],
    }),
  ];
}
