import { X509Certificate, createPrivateKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { NamedCertificate, ServingSettings } from '#apiserver/http/serving.ts';
import { namesOf } from '#apiserver/http/serving.ts';
import { CliError } from '#cli/errors.ts';
import type { FieldPath } from '#machinery/field.ts';
import { type ApiServerConfig, cipherNames } from './api-server-options.ts';
import type { FollowedFile } from '../api-server-settings.ts';
import { ReloadedFile } from './reloaded-file.ts';

export interface Serving {
  readonly serving: ServingSettings;
  /** PEM. */
  readonly clientCas?: () => string;
  readonly files: readonly FollowedFile[];
}

/** How the API server is served, with the files that say so. Throws CliError. */
export async function readServing(
  config: ApiServerConfig,
  folder: string,
  root: FieldPath,
): Promise<Serving> {
  const { clientCaFile, tlsSniCertKey = [], tlsCipherSuites, tlsMinVersion } = config;
  const { goawayChance, corsAllowedOrigins = [], strictTransportSecurityDirectives: transport } = config;
  const clientCa = clientCaFile
    ? await opened(root.child('clientCaFile'), resolve(folder, clientCaFile), readBundle)
    : undefined;
  const named = await Promise.all(
    tlsSniCertKey.map((text, i) => openNamed(text, folder, root.child('tlsSniCertKey').index(i))),
  );
  const files = [...(clientCa ? [clientCa] : []), ...named];
  return {
    serving: {
      ...(tlsMinVersion === 'VersionTLS13' ? { minVersion: 'TLSv1.3' } : {}),
      ...(tlsCipherSuites?.length ? { cipherSuites: olderCiphers(tlsCipherSuites) } : {}),
      named: () => named.map(({ value }) => value),
      onChange: listener => {
        for (const file of files) file.onChange(listener);
      },
      ...(goawayChance === undefined ? {} : { goawayChance }),
      ...(transport?.length ? { transportSecurity: transport.join('; ') } : {}),
      ...(corsAllowedOrigins.length > 0
        ? { mayAsk: await originCheck(corsAllowedOrigins, root.child('corsAllowedOrigins')) }
        : {}),
    },
    ...(clientCa ? { clientCas: () => clientCa.value } : {}),
    files,
  };
}

/** Where all that are named are of TLS 1.3, none is left of 1.2. */
function olderCiphers(names: readonly string[]): readonly string[] {
  return names.map(name => cipherNames[name]!).filter(name => name !== '');
}

async function originCheck(
  patterns: readonly string[],
  path: FieldPath,
): Promise<(origin: string) => boolean> {
  const { RE2JS } = await import('re2js');
  const compiled = patterns.map((pattern, i) => {
    try {
      return RE2JS.compile(pattern);
    } catch (error) {
      const why = `has an invalid regular expression: ${(error as Error).message}`;
      throw new CliError(`error: ${path.index(i)}: Invalid value: ${JSON.stringify(pattern)}: ${why}`);
    }
  });
  return origin => compiled.some(pattern => pattern.matcher(origin).find());
}

async function openNamed(
  text: string,
  folder: string,
  path: FieldPath,
): Promise<ReloadedFile<NamedCertificate>> {
  const [pair = '', patterns] = text.split(':', 2);
  const [certFile = '', keyFile = ''] = pair.split(',').map(file => resolve(folder, file));
  const names = patterns?.split(',');
  const read = async (file: string) => {
    const [cert, key] = await Promise.all([readFile(file, 'utf8'), readFile(keyFile, 'utf8')]);
    if (!new X509Certificate(cert).checkPrivateKey(createPrivateKey(key)))
      throw new Error('private key does not match public key');
    return { names: names ?? namesOf(cert), cert, key };
  };
  return opened(path, certFile, read);
}

async function readBundle(file: string): Promise<string> {
  const pem = await readFile(file, 'utf8');
  const certificates = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (certificates.length === 0) throw new Error('data does not contain any valid RSA or ECDSA certificates');
  for (const one of certificates) new X509Certificate(one);
  return certificates.join('\n');
}

async function opened<T>(
  path: FieldPath,
  file: string,
  read: (file: string) => Promise<T>,
): Promise<ReloadedFile<T>> {
  try {
    return await ReloadedFile.open(file, read);
  } catch (error) {
    throw new CliError(`error: ${path}: Invalid value: ${JSON.stringify(file)}: ${(error as Error).message}`);
  }
}
