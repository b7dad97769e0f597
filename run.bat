@echo off
pushd "%~dp0"
if not exist install.py (echo Unpack the whole archive first, then start run.bat in the folder.& pause & exit /b 1)
set PYTHONHOME=
set PYTHONPATH=
where py >nul 2>nul || (echo Python is missing. Get version 3.14 from https://www.python.org/downloads/ and start again.& pause & exit /b 1)
py -3 install.py || (pause & exit /b 1)
.venv\Scripts\python app.py %* || pause
