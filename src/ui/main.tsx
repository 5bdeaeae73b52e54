import { render } from 'solid-js/web';
import { App } from './app.tsx';
import { connectCore } from './state/connect-core.ts';
import { serveGateway } from './state/serve-gateway.ts';
import { CoreContext } from './state/use-core.ts';
import './styles/app.css';

const root = document.getElementById('root');
if (root) {
  const core = connectCore();
  serveGateway(core);
  render(
    () => (
      <CoreContext.Provider value={core}>
        <App />
      </CoreContext.Provider>
    ),
    root,
  );
}
