// Loaded into a plugin before its own code (`node --require`): packages that are found nowhere else are looked for in
// the node_modules beside this file. The folder of the plugin itself stays as its author made it.
'use strict';
const { registerHooks } = require('node:module');
const { pathToFileURL } = require('node:url');

const parentURL = pathToFileURL(__filename).href;

registerHooks({
  resolve(specifier, context, next) {
    try {
      return next(specifier, context);
    } catch (error) {
      const isOwn = context.parentURL === parentURL || /^(?:[./#]|[a-z]+:)/.test(specifier);
      if (!isOwn && error?.code === 'ERR_MODULE_NOT_FOUND') return next(specifier, { ...context, parentURL });
      if (isOwn || error?.code !== 'MODULE_NOT_FOUND') throw error;
      // For `require` Node does not look at `parentURL`.
      return { url: pathToFileURL(require.resolve(specifier)).href, shortCircuit: true };
    }
  },
});
