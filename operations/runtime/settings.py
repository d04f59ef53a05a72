"""Settings of the installation, from `ENTREPOT_…` variables; what the hub does is configured in hub.toml."""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Where files and database are."""

    model_config = SettingsConfigDict(env_prefix="ENTREPOT_", frozen=True)

    home: Path = Field(default_factory=Path.cwd)
    """The folder of hub.toml, keys, the embedded database, Prefect's files and the street (`ENTREPOT_HOME`)."""
    database_url: SecretStr | None = None
    """`postgresql+psycopg://…` or `sqlite:///FILE`; none means SQLite in the home folder (`ENTREPOT_DATABASE_URL`)."""
    ui_port: int = 4200
    """First port tried for Prefect's server and UI (`ENTREPOT_UI_PORT`)."""
    street_port: int = 8100
    """First port tried for the make-believe street (`ENTREPOT_STREET_PORT`)."""

    @property
    def database(self) -> str:
        """The database address in force."""
        if self.database_url is None:
            return f"sqlite:///{self.home.resolve() / 'entrepot.db'}"
        scheme, _, rest = self.database_url.get_secret_value().partition("://")
        return f"{'postgresql+psycopg' if scheme in {'postgres', 'postgresql'} else scheme}://{rest}"

    @property
    def hub_file(self) -> Path:
        """hub.toml."""
        return self.home.resolve() / "hub.toml"

    @property
    def master_key_file(self) -> Path:
        """The master key: back it up, and apart from the database."""
        return self.home.resolve() / "keys" / "master.key"

    @property
    def street_home(self) -> Path:
        """Where the street keeps its world."""
        return self.home.resolve() / "street"

    @property
    def prefect_home(self) -> Path:
        """Where Prefect keeps its files."""
        return self.home.resolve() / "prefect"
