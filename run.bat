@echo off
cd /d "%~dp0"
where py >nul 2>nul || (echo Python 3.11 or newer is needed: https://www.python.org/downloads/& pause & exit /b 1)
py -3 install.py || (pause & exit /b 1)
.venv\Scripts\python app.py %* || pause
