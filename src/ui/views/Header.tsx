import Cpu from 'lucide-solid/icons/cpu';
import MonitorSmartphone from 'lucide-solid/icons/monitor-smartphone';
import PanelLeft from 'lucide-solid/icons/panel-left';
import { Show } from 'solid-js';
import { IconButton } from '../parts/IconButton.tsx';
import { EngineLine } from './EngineLine.tsx';

export interface HeaderProps {
  title: string;
  sidebarOpen: boolean;
  onOpenSidebar: () => void;
  onChooseModel: () => void;
  onDevices: () => void;
  /** Devices that ask for something, or use the GPU now. */
  deviceCount: number;
}

export function Header(props: HeaderProps) {
  return (
    <header class="header">
      <IconButton
        class="only-narrow"
        label="Show conversations"
        aria-expanded={props.sidebarOpen}
        aria-controls="conversations"
        onClick={() => props.onOpenSidebar()}
      >
        <PanelLeft />
      </IconButton>
      <div class="header-text">
        <h1 dir="auto">{props.title}</h1>
        <EngineLine onDevices={() => props.onDevices()} />
      </div>
      <button
        type="button"
        class="button header-model"
        aria-haspopup="dialog"
        onClick={() => props.onDevices()}
      >
        <MonitorSmartphone />
        <span>Devices</span>
        <Show when={props.deviceCount > 0}>
          <span class="header-count">
            {props.deviceCount}
            <span class="visually-hidden"> active</span>
          </span>
        </Show>
      </button>
      <button
        type="button"
        class="button header-model"
        aria-haspopup="dialog"
        onClick={() => props.onChooseModel()}
      >
        <Cpu />
        <span>Model</span>
      </button>
    </header>
  );
}
