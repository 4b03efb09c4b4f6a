/** `node:util`, or undefined where the runtime has no such thing. No import: the cases load in every runtime. */
export const util = globalThis.process?.getBuiltinModule('node:util');

/** `node:diagnostics_channel`, or undefined where the runtime has no such thing. */
export const diagnosticsChannel = globalThis.process?.getBuiltinModule('node:diagnostics_channel');
