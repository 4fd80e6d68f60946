import { rm } from 'node:fs/promises';
import { type BuiltImage, buildImage } from './build.ts';
import type { Architecture } from './elf.ts';
import { pauseExecutable } from './pause.ts';

/** 'localhost', so that no runtime ever asks the network for it. */
export const pauseImageName = 'localhost/coxswain/pause:1';

/** The image of every pod's sandbox, made on the spot as an OCI layout tar at `output`. */
export function buildPauseImage(output: string, architecture: Architecture): Promise<BuiltImage> {
  const pause = { name: 'pause', mode: 0o755, content: pauseExecutable(architecture) };
  return buildImage({ files: [pause] }, output, {
    name: pauseImageName,
    architecture,
    entrypoint: ['/pause'],
    user: '65535:65535',
  });
}

/** What making sure of the pause image asks of the engine's images. */
export interface ImageStore {
  has(name: string): Promise<boolean>;
  import(file: string, options: { readonly pinned: boolean }): Promise<readonly string[]>;
}

/** Imports the pause image where it is not there yet. `scratchFile` is written and removed. */
export async function ensurePauseImage(
  images: ImageStore,
  architecture: Architecture,
  scratchFile: string,
): Promise<void> {
  if (await images.has(pauseImageName)) return;
  try {
    await buildPauseImage(scratchFile, architecture);
    await images.import(scratchFile, { pinned: true });
  } finally {
    await rm(scratchFile, { force: true });
  }
}
