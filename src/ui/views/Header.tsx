import Cpu from 'lucide-solid/icons/cpu';
import PanelLeft from 'lucide-solid/icons/panel-left';
import { IconButton } from '../parts/IconButton.tsx';
import { EngineLine } from './EngineLine.tsx';

export interface HeaderProps {
  title: string;
  sidebarOpen: boolean;
  onOpenSidebar: () => void;
  onChooseModel: () => void;
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
        <EngineLine />
      </div>
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
