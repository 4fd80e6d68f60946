/** The annotation that named a storage class before the field did. It still wins. */
export const betaStorageClassAnnotation = 'volume.beta.kubernetes.io/storage-class';

const accessModeCodes: Readonly<Record<string, string>> = {
  ReadWriteOnce: 'RWO',
  ReadOnlyMany: 'ROX',
  ReadWriteMany: 'RWX',
  ReadWriteOncePod: 'RWOP',
};

/** 'RWO,ROX' in upstream's order, each once. */
export function accessModesText(modes: readonly string[] | undefined): string {
  return Object.keys(accessModeCodes)
    .filter(mode => modes?.includes(mode))
    .map(mode => accessModeCodes[mode])
    .join(',');
}
