/** The worker as General Equipment (PS3.3 C.7.5.1) of everything it writes. */
export const software = {
  manufacturer: 'Prelector',
  modelName: 'Prelector AI pre-reader worker',
  softwareVersions: '0.1.0',
} as const;
