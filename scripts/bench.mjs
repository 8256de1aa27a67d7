// Runs the benchmarks of test/bench from their TypeScript sources: Node strips the types, and imports that end in .js
// find the .ts file beside them. The libraries and apps that they measure are the built ones.
import { existsSync } from 'node:fs';
import { registerHooks } from 'node:module';

if (!existsSync(new URL('../libs/local-stack/dist/index.js', import.meta.url))) {
  console.error('Nothing is built that could be measured: run npm run build');
  process.exit(1);
}
registerHooks({
  resolve(specifier, context, next) {
    const ours = specifier.startsWith('.') && context.parentURL?.endsWith('.ts');
    return next(ours ? specifier.replace(/\.js$/, '.ts') : specifier, context);
  },
});
await import('../test/bench/main.ts');
