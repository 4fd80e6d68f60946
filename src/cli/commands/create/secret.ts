import { defineCommand } from '../../core/command.ts';
import type { CliContext } from '../../core/context.ts';
import { CliError } from '../../errors.ts';
import { defineGenerator, type NewObject } from './generator.ts';
import { dataFlags, readData } from './literals.ts';

function secret(name: string, data: ReadonlyMap<string, Uint8Array>, type: string): NewObject {
  const encoded = Object.fromEntries([...data].map(([key, value]) => [key, value.toBase64()]));
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name },
    ...(data.size > 0 ? { data: encoded } : {}),
    ...(type ? { type } : {}),
  };
}

const failure = 'failed to create secret';

const generic = defineGenerator({
  name: 'generic',
  usage: 'NAME [--type=string] [--from-file=[key=]source] [--from-literal=key1=value1]',
  summary: 'Create a secret from a local file, directory, or literal value.',
  failure,
  flags: [...dataFlags, { name: 'type', type: 'string', help: 'The type of secret to create' }],
  build: async (context, name) => secret(name, await readData(context), context.flags.string('type')),
});

const tls = defineGenerator({
  name: 'tls',
  usage: 'NAME --cert=path/to/cert/file --key=path/to/key/file',
  summary: 'Create a TLS secret from the given public/private key pair.',
  failure,
  flags: [
    { name: 'cert', type: 'string', help: 'Path to PEM encoded public key certificate.' },
    { name: 'key', type: 'string', help: 'Path to private key associated with given certificate.' },
    { name: 'append-hash', type: 'bool', help: 'Append a hash of the secret to its name.' },
  ],
  build: async (context, name) => {
    const { flags, io } = context;
    if (!flags.string('key') || !flags.string('cert')) throw new CliError('key and cert must be specified');
    const cert = await io.fs.read(flags.string('cert'));
    const key = await io.fs.read(flags.string('key'));
    for (const pem of [cert, key])
      if (!new TextDecoder().decode(pem).includes('-----BEGIN'))
        throw new CliError('tls: failed to find any PEM data in certificate input');
    return secret(
      name,
      new Map([
        ['tls.crt', cert],
        ['tls.key', key],
      ]),
      'kubernetes.io/tls',
    );
  },
});

const dockerRegistry = defineGenerator({
  name: 'docker-registry',
  usage:
    'NAME --docker-username=user --docker-password=password --docker-email=email [--docker-server=string]',
  summary: 'Create a new secret for use with Docker registries.',
  failure,
  flags: [
    { name: 'docker-email', type: 'string', help: 'Email for Docker registry' },
    { name: 'docker-password', type: 'string', help: 'Password for Docker registry authentication' },
    {
      name: 'docker-server',
      type: 'string',
      default: 'https://index.docker.io/v1/',
      help: 'Server location for Docker registry',
    },
    { name: 'docker-username', type: 'string', help: 'Username for Docker registry authentication' },
    { name: 'from-file', type: 'list', help: 'A docker config file to use instead.' },
    { name: 'append-hash', type: 'bool', help: 'Append a hash of the secret to its name.' },
  ],
  build: async (context, name) => {
    const config = await dockerConfig(context);
    return secret(name, new Map([['.dockerconfigjson', config]]), 'kubernetes.io/dockerconfigjson');
  },
});

async function dockerConfig(context: CliContext): Promise<Uint8Array> {
  const { flags, io } = context;
  const [file] = flags.list('from-file');
  if (file) return io.fs.read(file.slice(file.indexOf('=') + 1));
  const username = flags.string('docker-username');
  const password = flags.string('docker-password');
  if (!username || !password)
    throw new CliError(
      'either --from-file or the combination of --docker-username, --docker-password and --docker-server is required',
    );
  const email = flags.string('docker-email');
  const auth = new TextEncoder().encode(`${username}:${password}`).toBase64();
  const entry = { username, password, ...(email ? { email } : {}), auth };
  return new TextEncoder().encode(JSON.stringify({ auths: { [flags.string('docker-server')]: entry } }));
}

export const createSecret = defineCommand({
  name: 'secret',
  usage: '(docker-registry | generic | tls)',
  summary: 'Create a secret using a specified subcommand.',
  subcommands: [dockerRegistry, generic, tls],
});
